"""``tidebreak lists``: hash lists in, and what there is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from tidebreak.cli import enrol
from tidebreak.cli.context import console, installation, plain, table
from tidebreak.model import Depth, ListKind
from tidebreak.showing import counted

lists_app = typer.Typer(
    help="Hash lists: import them, see what is in them, take them out.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

lists_app.command()(enrol.enrol)
lists_app.command()(enrol.pack)

Name = Annotated[str, typer.Argument(help="The name of a list.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")]


@lists_app.callback()
def show_all(context: typer.Context) -> None:
    """Hash lists: import them, see what is in them, take them out."""
    if context.invoked_subcommand is None:
        list_(as_json=False)


@lists_app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Show all lists."""
    with installation() as opened:
        lists = opened.catalogue.lists()
    if as_json:
        for item in lists:
            sys.stdout.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
        return
    if not lists:
        console().print("No lists. Import one: tidebreak lists import FILE --name NAME --kind KIND")
        return
    grid = table("name", "kind", "entries", "enabled", "owner", "near/possible/lead",
                 right=("entries",))  # fmt: skip
    for item in lists:
        limits = item.thresholds
        grid.add_row(
            plain(item.name), item.kind.value, f"{item.entries:,}", "yes" if item.enabled else "no",
            plain(item.owner), f"{limits.near}/{limits.possible}/{limits.lead}",
        )  # fmt: skip
    console().print(grid)


@lists_app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A hash list in any known format.")],
    name: Annotated[str, typer.Option(help="The list's name; the same name updates it.")],
    kind: Annotated[ListKind, typer.Option(help="What it means to be on this list.")],
    owner: Annotated[str, typer.Option(help="Whose word it is.")] = "",
    legal_basis: Annotated[str, typer.Option(help="By what right you hold it.")] = "",
    scheme: Annotated[str, typer.Option(help="The scheme of its classifications.")] = "",
    format: Annotated[
        str | None, typer.Option(help="The format, where it cannot be told from the file.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad lines out; write them to FILE.rejects.")
    ] = False,
    shrink: Annotated[
        bool,
        typer.Option("--shrink", help="Let this version withdraw most of a large list."),
    ] = False,
    known_good: Annotated[
        str,
        typer.Option(
            metavar="STATEMENT",
            help="Who says that a VICS file is benign, and why; needed for allow and ignorable.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Import a hash list, or a newer version of it.

    Prints what was added, updated and withdrawn. A bad line refuses the whole import, unless
    --skip-bad is given.
    """
    with installation() as opened, _progress(file) as progress:
        result = opened.import_list(
            file,
            name=name,
            kind=kind,
            format=format,
            owner=owner,
            legal_basis=legal_basis,
            scheme=scheme,
            skip_bad=skip_bad,
            known_good_statement=known_good,
            shrink=shrink,
            progress=progress,
        )
    if as_json:
        sys.stdout.write(json.dumps(asdict(result), default=str) + "\n")
        return
    out = console()
    out.print(f"{plain(name)}: imported as {result.format}")
    for label in ("added", "updated", "withdrawn", "unchanged"):
        out.print(f"  {getattr(result, label):>12,}  {label}")
    if result.dropped_trivial:
        out.print(f"  {result.dropped_trivial:>12,}  signals of empty content left out")
    if result.duplicates:
        out.print(f"  {result.duplicates:>12,}  entries share a key with another; all are kept")
    if result.rejected:
        out.print(
            f"  {result.rejected:>12,}  bad lines left out, see {plain(str(result.rejects_file))}"
        )
    out.print(f"What cannot be matched: tidebreak lists coverage {plain(name)}")


@lists_app.command()
def show(name: Name, as_json: Json = False) -> None:
    """Show everything about one list."""
    with installation() as opened:
        item = opened.catalogue.get(name)
    if as_json:
        sys.stdout.write(json.dumps(asdict(item), ensure_ascii=False) + "\n")
        return
    grid = table("", "")
    for label, value in asdict(item).items():
        if label == "thresholds":
            value = ", ".join(f"{key} {part}" for key, part in value.items())
        grid.add_row(label.replace("_", " "), plain(str(value)))
    console().print(grid)


@lists_app.command()
def coverage(name: Name, as_json: Json = False) -> None:
    """Show what of a list can be matched here."""
    with installation() as opened:
        found = opened.catalogue.coverage(name)
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
        return
    grid = table("signal", "values", "matchable", "why not", right=("values", "matchable"))
    for row in found.types:
        grid.add_row(row.type, f"{row.values:,}", f"{row.matchable:,}", plain(row.why))
    console().print(grid)
    out = console()
    entries = counted(found.entries, "entry", "entries")
    out.print(f"{entries}, {found.unmatchable:,} with nothing to match by")
    for why, number in found.why:
        out.print(f"  {number:>12,}  {plain(why)}")
    if found.withdrawn:
        out.print(f"  {found.withdrawn:>12,}  withdrawn")


@lists_app.command()
def derived(name: Name, as_json: Json = False) -> None:
    """Show which entries were derived from torrents, from what, how surely and when."""
    with installation() as opened:
        found = opened.catalogue.derived(name)
    if as_json:
        for each in found:
            sys.stdout.write(json.dumps(asdict(each)) + "\n")
        return
    grid = table("entry", "from entry", "grade", "when", "", right=("entry", "from entry"))
    for each in found:
        now = "" if each.counts else "no more: that entry was taken back"
        grid.add_row(f"#{each.entry}", f"#{each.parent}", each.grade.value, each.derived_at, now)
    console().print(grid)


@lists_app.command()
def disable(name: Name) -> None:
    """Let a list count no more, at once; nothing is lost."""
    with installation() as opened:
        opened.catalogue.disable(name)
    console().print(f"{plain(name)} is disabled")


@lists_app.command()
def enable(name: Name) -> None:
    """Let a disabled list count again."""
    with installation() as opened:
        opened.catalogue.enable(name)
    console().print(f"{plain(name)} is enabled")


@lists_app.command()
def remove(name: Name, reason: Reason) -> None:
    """Take a list out: none of its entries counts any more."""
    with installation() as opened:
        opened.catalogue.remove(name, reason)
    console().print(f"{plain(name)} is removed")


@lists_app.command()
def purge(name: Name, reason: Reason) -> None:
    """Erase the data of a removed list for good."""
    with installation() as opened:
        erased = opened.purge_list(name, reason)
    entries = counted(erased, "entry", "entries")
    console().print(f"Erased: {entries} of {plain(name)}")


@lists_app.command()
def withdraw(
    name: Name, entry: Annotated[str, typer.Argument(help="The entry's id.")], reason: Reason
) -> None:
    """Take one entry back; it counts no more at once."""
    with installation() as opened:
        opened.catalogue.withdraw(name, entry, reason)
    console().print(f"{plain(entry)} of {plain(name)} is withdrawn")


@lists_app.command()
def dispute(
    name: Name, entry: Annotated[str, typer.Argument(help="The entry's id.")], reason: Reason
) -> None:
    """Mark one entry as disputed; its matches say so."""
    with installation() as opened:
        opened.catalogue.dispute(name, entry, reason)
    console().print(f"{plain(entry)} of {plain(name)} is marked as disputed")


@lists_app.command()
def thresholds(
    name: Name,
    author: Annotated[str, typer.Option(help="Who sets them.")],
    reason: Reason,
    near: Annotated[int | None, typer.Option(min=0, max=256)] = None,
    possible: Annotated[int | None, typer.Option(min=0, max=256)] = None,
    lead: Annotated[int | None, typer.Option(min=0, max=256)] = None,
    quality: Annotated[int | None, typer.Option(min=0, max=100)] = None,
    depth: Annotated[
        Depth | None, typer.Option(help="How much is tried for this list; see the settings.")
    ] = None,
) -> None:
    """Set what distances mean for one list, and how much is tried for it."""
    asked = {
        "near": near, "possible": possible, "lead": lead, "quality": quality, "depth": depth,
    }  # fmt: skip
    changes = {label: value for label, value in asked.items() if value is not None}
    with installation() as opened:
        now = opened.catalogue.get(name).thresholds
        opened.catalogue.set_thresholds(name, replace(now, author=author, reason=reason, **changes))
    console().print(f"thresholds of {plain(name)} are set")


@contextmanager
def _progress(file: Path) -> Generator[Callable[[int, int, int], None] | None]:
    """Show a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bar

    columns = (
        bar.TextColumn("{task.description}"),
        bar.BarColumn(),
        bar.TaskProgressColumn(),
        bar.TextColumn("{task.fields[entries]:,} entries"),
        bar.TimeRemainingColumn(),
    )
    with bar.Progress(*columns, console=console(error=True), transient=True) as shown:
        task = shown.add_task(f"importing {plain(file.name)}", total=None, entries=0)

        def update(done: int, total: int, entries: int) -> None:
            shown.update(task, completed=done, total=total or None, entries=entries)

        yield update
