"""``tidebreak policy``: what is done about what is found; try a change before it counts."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, home, installation, plain, table
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.policy.checking import Report
    from tidebreak.policy.dry_run import DryRun
    from tidebreak.policy.flood_store import FloodState
    from tidebreak.policy.start import FloodDesk

policy_app = typer.Typer(
    help="The policy: what is done about what is found.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
floods_app = typer.Typer(
    help="Entries that suddenly match far too often: see them, decide about them.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
policy_app.add_typer(floods_app, name="floods")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
File = Annotated[
    Path | None, typer.Argument(help="A policy file; without one, what is in force here.")
]
ListName = Annotated[str, typer.Argument(metavar="LIST", help="The list of the entry.")]
EntryId = Annotated[str, typer.Argument(metavar="ENTRY", help="The entry, such as #123.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")]


@policy_app.command()
def init() -> None:
    """Write the default policy as a file, to be changed."""
    from tidebreak.files import write_new
    from tidebreak.policy.reading import default_text

    with installation():
        path = _path()
        try:
            write_new(path, default_text().encode())
        except FileExistsError:
            raise UsageError(f"There is a policy already, {path}; edit that.") from None
    console().print(f"{plain(str(path))}: edit it, then: tidebreak policy check", soft_wrap=True)


@policy_app.command()
def check(
    file: File = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when there is any warning.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what a policy does in effect, and what in it can hardly be meant.

    Exits with 2 when the file is none.
    """
    from tidebreak.policy.checking import check as run
    from tidebreak.policy.reading import read

    with installation() as opened:
        text, name = _text_and_name(file)
        report = run(read(text, name), opened.catalogue.lists())
    if as_json:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
    else:
        _print_report(report, name)
    sys.exit(2 if strict and report.warnings else 0)


@policy_app.command()
def show(
    version: Annotated[
        str, typer.Option(help="One that was in force earlier, as a decision names it.")
    ] = "",
) -> None:
    """Print the policy in force, or an earlier one."""
    if version:
        if not re.fullmatch(r"[0-9a-f]{12}", version):
            raise UsageError("A version is the 12 characters that a decision names.")
        text, _ = _text_and_name(home() / "policies" / f"{version}.toml")
    else:
        text, _ = _text_and_name(None)
    sys.stdout.write(text)


@policy_app.command(name="dry-run")
def dry_run(
    file: Annotated[Path, typer.Argument(help="The new policy.")],
    since: Annotated[
        str, typer.Option(help="How far back: 30d, 12h, 4w, or a date in UTC.")
    ] = "30d",
    as_json: Json = False,
) -> None:
    """Show what a new policy would have done to what was screened; nothing changes."""
    from tidebreak.policy import dry_run as trying
    from tidebreak.policy.reading import read_file
    from tidebreak.screening.records import Records
    from tidebreak.screening.start import open_store

    policy, moment = read_file(file), trying.since(since)
    with installation() as opened:
        sql = open_store(opened)
        try:
            records = Records(sql, opened.audit).since(moment)
            past = (trying.Past(one.screened, one.retroactive) for one in records)
            result = trying.dry_run(policy, past)
        finally:
            sql.close()
    if as_json:
        sys.stdout.write(json.dumps(asdict(result)) + "\n")
    else:
        _print_dry_run(result)


@floods_app.callback()
def floods(context: typer.Context) -> None:
    """Show the entries that suddenly match far too often."""
    if context.invoked_subcommand is None:
        list_(as_json=False)


@floods_app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Show the entries that suddenly match far too often."""
    with _flood_desk() as desk:
        found = desk.watch.open()
    if as_json:
        for flood in found:
            sys.stdout.write(json.dumps(asdict(flood)) + "\n")
        return
    if not found:
        console().print("No entry floods.")
        return
    grid = table("list", "entry", "matched", "since", "matches", "usually",
                 right=("matches", "usually"))  # fmt: skip
    for item in found:
        cells = (item.how, item.began_at, f"{item.matches:,}", f"{item.usual:,.1f}")
        grid.add_row(plain(item.list), plain(item.entry), *cells)
    console().print(grid)
    console().print("Wrong entries: tidebreak lists withdraw, or dispute. Else release or confirm.")


@floods_app.command()
def release(list_: ListName, entry: EntryId, reason: Reason) -> None:
    """Say that a flood is over: the entry counts in full, and its matches are counted anew."""
    from tidebreak.policy.flood_store import FloodState

    _end(list_, entry, FloodState.RELEASED, reason)


@floods_app.command()
def confirm(list_: ListName, entry: EntryId, reason: Reason) -> None:
    """Say that the entry is right: it counts in full, and holds nothing back for 30 days."""
    from tidebreak.policy.flood_store import FloodState

    _end(list_, entry, FloodState.CONFIRMED, reason)


def _end(name: str, entry: str, state: FloodState, reason: str) -> None:
    with _flood_desk() as desk:
        desk.end(name, entry, state, desk.desk.actor, reason)
    console().print(f"{plain(name)} {plain(entry)}: {state.value}")


@contextmanager
def _flood_desk() -> Generator[FloodDesk]:
    from tidebreak.policy.flood_store import FloodStore
    from tidebreak.policy.floods import FloodWatch
    from tidebreak.policy.start import FloodDesk, open_floods

    with installation() as opened:
        store = FloodStore(open_floods(opened))
        try:
            yield FloodDesk(FloodWatch(store), opened)
        finally:
            store.close()


def _path() -> Path:
    from tidebreak.policy.book import FILE_NAME

    return home() / FILE_NAME


def _text_and_name(file: Path | None) -> tuple[str, str]:
    from tidebreak.policy.reading import default_text, text_of

    path = file or _path()
    if file is None and not path.exists():
        return default_text(), "the default policy"
    return text_of(path), str(path)


def _print_report(report: Report, name: str) -> None:
    from tidebreak.policy.checking import COLUMNS

    out = console()
    out.print(f"{plain(name)}, version {report.version}", soft_wrap=True)
    grid = table("surface", "in", "matches on", *COLUMNS)
    for row in report.rows:
        place = row.jurisdiction or "general"
        grid.add_row(row.surface.value, plain(place), plain(row.subject), *row.actions)
    out.print(grid)
    for warning in report.warnings:
        out.print(f"warning: {plain(warning)}", soft_wrap=True)


def _print_dry_run(result: DryRun) -> None:
    out = console()
    screened = counted(result.screenings, "screening")
    out.print(f"{screened}, {result.changed:,} would change; policy {result.version}")
    if result.flooded:
        out.print(f"{result.flooded:,} left out: held back by a flood, which cannot be repeated")
    grid = table("was", "would be", "screenings", "by rule", "such as", right=("screenings",))
    for change in result.changes:
        rules = ", ".join(f"{rule} ({count:,})" for rule, count in change.rules[:5])
        examples = " ".join(change.examples) if not change.same else ""
        grid.add_row(change.old, change.new, f"{change.count:,}", plain(rules), examples)
    out.print(grid)
