"""``tidebreak sightings``: lawfully held logs in, a work queue of actor hypotheses out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, installation, plain, table
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.sightings.desk import Desk
    from tidebreak.sightings.records import Source

sightings_app = typer.Typer(
    help="Sightings: import lawfully held logs, rank who spreads most, look at one of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_FORMATS = (
    "csv, jsonl, client-store-mapped (these take --mapping); nginx, opentracker, udp, ed2k-server,"
    " p2p-trace, hotline, cybertip, client-store"
)
"""By name: what registers them takes too long to import for a page of help."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")]
Report = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Write a page to print to this folder.")
]


@sightings_app.command(name="import")
def import_(
    log: Annotated[Path, typer.Argument(help="A log that you hold lawfully; gzip is unpacked.")],
    format: Annotated[str, typer.Option(metavar="FORMAT", help=f"Its format: {_FORMATS}.")],
    holder: Annotated[str, typer.Option(help="Who holds the log.")],
    authority: Annotated[
        str, typer.Option(help="Under what authority: a warrant, a contract, a law.")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What the columns are, where the format leaves it open."),
    ] = None,
    timezone: Annotated[
        str, typer.Option(metavar="NAME", help="Of times that name none, as Europe/Amsterdam.")
    ] = "",
    clock_offset: Annotated[
        int, typer.Option(metavar="SECONDS", help="Is added to every time of this log.")
    ] = 0,
    grade: Annotated[
        str, typer.Option(metavar="A|B|C", help="The best evidence in it, if less than it could.")
    ] = "",
    network: Annotated[
        str, typer.Option(help="The network of rows that name none, as edonkey.")
    ] = "",
    note: Annotated[str, typer.Option(help="Anything else about its custody.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Import a log that was imported before.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the whole log when a row is no sighting.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import one log: every row becomes a sighting or is counted with a reason.

    Identifiers are sealed, addresses and client ids encrypted, at once. All of it or nothing.
    """
    from tidebreak.cli.sightings_shown import grade_of, network_of
    from tidebreak.sightings.intake.importing import Order
    from tidebreak.sightings.records import Custody

    order = Order(
        log, format, Custody(holder, authority, note), mapping, timezone, clock_offset,
        grade_of(grade), network_of(network), again, strict,
    )  # fmt: skip
    with _desk() as desk, _progress(log) as progress:
        source = desk.import_log(order, progress)
    if as_json:
        sys.stdout.write(json.dumps(asdict(source), ensure_ascii=False) + "\n")
    else:
        _print_import(source)


def _print_import(source: Source) -> None:
    out = console()
    out.print(f"{plain(source.name)}: imported as log {source.number}, format {source.format}")
    out.print(f"  {source.rows:>12,}  rows")
    out.print(f"  {source.kept:>12,}  kept, grade {source.grade_ceiling.name} at best")
    for reason, count in source.rejects.items():
        out.print(f"  {count:>12,}  left out: {plain(reason)}")
    for reason, count in source.noted.items():
        out.print(f"  {count:>12,}  to note: {plain(reason)}")


@sightings_app.command()
def sources(as_json: Json = False) -> None:
    """Show the logs that were imported, with who holds them."""
    with _desk() as desk:
        found = desk.sources()
    if as_json:
        for source in found:
            sys.stdout.write(json.dumps(asdict(source), ensure_ascii=False) + "\n")
        return
    if not found:
        console().print("No logs. Import one: tidebreak sightings import LOG --format FORMAT ...")
        return
    from tidebreak.sightings.pages.wording import day

    grid = table("log", "name", "format", "grade", "rows", "kept", "from", "to", "held by",
                 right=("log", "rows", "kept"))  # fmt: skip
    for source in found:
        grid.add_row(
            str(source.number), plain(source.name), source.format, source.grade_ceiling.name,
            f"{source.rows:,}", f"{source.kept:,}", day(source.first), day(source.last),
            plain(source.custody.holder),
        )  # fmt: skip
    console().print(grid)


@sightings_app.command()
def rank(
    top: Annotated[
        int, typer.Option(min=1, help="Actors to describe under each hypothesis.")
    ] = 200,
    since: Annotated[str, typer.Option(metavar="DAY", help="From this day on, UTC.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="Before this day, UTC.")] = "",
    log: Annotated[
        list[int] | None, typer.Option(metavar="NUMBER", help="Only these logs, by number.")
    ] = None,
    weak: Annotated[
        bool, typer.Option("--weak", help="Let identifiers count fully that can be forged (ed2k).")
    ] = False,
    mmdb: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Your database of countries or networks, for totals."),
    ] = None,
    report: Report = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per actor hypothesis.")
    ] = False,
) -> None:
    """Rank who spreads most, by what depends on them: a work queue, not a finding.

    Under two assumptions: one client id is one actor; one address and port on a day is one.
    """
    from tidebreak.cli.sightings_shown import day_of, print_ranking
    from tidebreak.sightings.pages.export import as_lines
    from tidebreak.sightings.ranking.rank import Options

    options = Options(
        top=top, since=day_of(since), until=day_of(until), weak=weak, mmdb=tuple(mmdb or ()),
        sources=tuple(log) if log else None,
    )  # fmt: skip
    with _desk() as desk, _busy("ranking"):
        made = desk.rank(options)
        page = desk.report(made, report) if report is not None else None
    if as_json:
        sys.stdout.writelines(f"{line}\n" for line in as_lines(made))
    else:
        print_ranking(console(), made)
    _say_where(page)


@sightings_app.command()
def show(
    key: Annotated[str, typer.Argument(help="An actor of the last ranking, as c:… or e:…")],
    report: Report = None,
    as_json: Json = False,
) -> None:
    """Show one actor of the last ranking, and who is behind it. This is audited."""
    from tidebreak.cli.sightings_shown import print_portrait
    from tidebreak.sightings.pages.export import portrait_record

    with _desk() as desk, _busy("looking through the logs"):
        found = desk.show(key)
        page = desk.report_actor(found, report) if report is not None else None
    if as_json:
        sys.stdout.write(json.dumps(portrait_record(found), ensure_ascii=False) + "\n")
    else:
        print_portrait(console(), found)
    _say_where(page)


@sightings_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A new file, .csv or .parquet.")],
    with_addresses: Annotated[
        bool,
        typer.Option("--with-addresses", help="Say who is behind every actor. This is audited."),
    ] = False,
) -> None:
    """Write the last ranking to a table, without identifiers of contents."""
    with _desk() as desk, _busy("exporting"):
        rows = desk.export(file, addresses=with_addresses)
    console().print(f"{plain(str(file))}: {counted(rows, 'actor')}")


@sightings_app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT over sightings, contents and sources.")],
    most: Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")] = 1000,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per row.")] = False,
) -> None:
    """Ask in SQL what was seen, by DuckDB. No identifiers are in it, and nothing is changed.

    docs/sightings.md names the columns. Every question is kept in the audit log.
    """
    from tidebreak.cli.sightings_shown import print_answer

    with _desk() as desk, _busy("asking"):
        answer = desk.query(sql, most)
    print_answer(answer, "csv" if as_csv else "json" if as_json else "")


def _say_where(page: Path | None) -> None:
    if page is not None:
        console(error=True).print(f"Report: {plain(str(page))}", soft_wrap=True)


@sightings_app.command()
def exclude(
    file: Annotated[
        Path, typer.Argument(help="One address, network (192.0.2.0/24) or 'client ID' per line.")
    ],
    reason: Reason,
) -> None:
    """Never rank these machines: researchers', monitors', your own.

    Their sightings stay, and are counted whenever actors are ranked.
    """
    with _desk() as desk:
        made = desk.exclude(file, reason)
    console().print(f"Excluded from now on: {counted(len(made.lines), 'line')}")


@sightings_app.command()
def generate(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    rows: Annotated[int, typer.Option(help="Sightings in all logs together.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same one gives the same logs.")] = 1,
) -> None:
    """Write synthetic logs to practise with, a list of known files, and the truth.

    Nothing in them is real; no installation is needed.
    """
    from tidebreak.sightings.generator import write_logs

    out = console()
    for path in write_logs(folder, rows, seed):
        out.print(f"  {path.stat().st_size:>14,}  {plain(path.name)}")


@contextmanager
def _desk() -> Generator[Desk]:
    with installation() as opened:
        yield opened.sightings


def _busy(what: str) -> AbstractContextManager[object]:
    """Say on a terminal what takes its time."""
    return console(error=True).status(what) if sys.stderr.isatty() else nullcontext()


@contextmanager
def _progress(log: Path) -> Generator[Callable[[int, int, int], None]]:
    """Show a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, size, rows: None
        return
    from rich import progress as bar

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(),
        bar.TaskProgressColumn(),
        bar.TextColumn("{task.fields[rows]:,} rows"),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=console(error=True), transient=True) as shown:
        task = shown.add_task(f"importing {plain(log.name)}", total=None, rows=0)

        def update(done: int, size: int, rows: int) -> None:
            shown.update(task, completed=done, total=size or None, rows=rows)

        yield update
