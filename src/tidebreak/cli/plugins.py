"""``tidebreak plugins``: signal types of others, which run locked down; there are none at first."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.errors import UsageError
from tidebreak.model import Level, ListKind, State
from tidebreak.showing import counted, shown_path

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak
    from tidebreak.plugins.installed import InstalledPlugins, Plugin
    from tidebreak.plugins.known import Matching
    from tidebreak.plugins.process import PluginProcess
    from tidebreak.plugins.run import Found, Hashing

plugins_app = typer.Typer(
    help="Signal types of others (TX_MANIFEST), which run locked down; there are none at first.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Module = Annotated[str, typer.Argument(help="A Python module with a TX_MANIFEST.")]


@plugins_app.callback()
def show_all(context: typer.Context) -> None:
    """Signal types of others (TX_MANIFEST), which run locked down; there are none at first."""
    if context.invoked_subcommand is None:
        list_()


@plugins_app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object each.")] = False,
) -> None:
    """Show what is installed."""
    with installation() as opened:
        found = _installed(opened).all()
    if as_json:
        for one in found:
            record = {"module": one.module, "types": one.types, "level": one.level.value,
                      "digest": one.digest}  # fmt: skip
            sys.stdout.write(json.dumps(record) + "\n")
        return
    if not found:
        console().print("No plug-ins. Add one whose code you trust: tidebreak plugins add MODULE")
        return
    grid = table("module", "types", "a match means", "code")
    for one in found:
        code = f"sha256:{one.digest[:16]}"
        grid.add_row(plain(one.module), plain(", ".join(one.types)), one.level.value, code)
    console().print(grid)


@plugins_app.command()
def check() -> None:
    """Start every plug-in and show what it can do; exit with 2 when one cannot be used."""
    from tidebreak.errors import TidebreakError

    failed, grid = False, table("module", "type", "of", "hashes", "compares")
    with installation() as opened:
        installed = _installed(opened)
        for one in installed.all():
            try:
                offered = installed.check(one)
            except TidebreakError as error:
                failed = True
                print(f"tidebreak: {plain(str(error))}", file=sys.stderr)
                continue
            for kind in offered:
                contents = ", ".join(kind.contents)
                grid.add_row(plain(one.module), kind.name, contents, kind.hasher or "no",
                             "yes" if kind.compares else "no")  # fmt: skip
    console().print(grid)
    sys.exit(2 if failed else 0)


@plugins_app.command()
def add(
    module: Module,
    level: Annotated[
        Level, typer.Option(help="What a match by it means: near, possible or lead.")
    ] = Level.POSSIBLE,
) -> None:
    """Try a plug-in out in the sandbox, and use it from now on, or again as it is now."""
    with installation() as opened:
        made = _installed(opened).add(module, level)
    console().print(f"{plain(module)} is added, with the types {plain(', '.join(made.types))}.")
    console().print("Its code is its author's: locked down it can still be wrong.")


@plugins_app.command()
def remove(
    module: Module,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")],
) -> None:
    """Take a plug-in out; the hashes that lists hold for it stay in the vault."""
    with installation() as opened:
        _installed(opened).remove(module, reason)
    console().print(f"{plain(module)} is removed")


@plugins_app.command(name="import")
def import_(
    type: Annotated[str, typer.Argument(help="A signal type of a plug-in.")],
    file: Annotated[Path, typer.Argument(help="Its hashes, one per line; after a tab, an id.")],
    name: Annotated[str, typer.Option("--name", help="What the list is called.")],
    kind: Annotated[ListKind, typer.Option(help="What it means to be on it.")],
    owner: Annotated[str, typer.Option(help="Whose list it is.")] = "",
    legal_basis: Annotated[str, typer.Option(help="Why you may use it.")] = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out lines that are no hashes.")
    ] = False,
) -> None:
    """Import a list of hashes of a plug-in's type; each is checked by the plug-in first."""
    from tidebreak.plugins.entries import convert

    with installation() as opened, _lines(file) as lines:
        plugin, number = _type(_installed(opened), type)
        with (
            tempfile.TemporaryDirectory(dir=opened.home, prefix=".plugins-") as folder,
            _installed(opened).start(plugin) as process,
        ):
            path = Path(folder) / f"{type}.csv"
            with path.open("w", encoding="utf-8") as out:
                done = convert(lines, process, number, out, skip_bad=skip_bad)
            if not done.written:
                raise UsageError(f"{file} holds no hash of type {type}; name another.")
            opened.import_list(path, name=name, kind=kind, owner=owner, legal_basis=legal_basis)
    left = f", {counted(done.bad, 'line')} left out" if done.bad else ""
    console().print(f"{plain(name)}: {done.written:,} hashes of type {plain(type)}{left}")


@plugins_app.command()
def scan(
    paths: Annotated[list[str], typer.Argument(help="Files and folders.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per file and type.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when anything was not fully examined.")
    ] = False,
) -> None:
    """Show what plug-ins make of files, and what on the lists they say is like it.

    Workers say what a file is; only files whose kind a plug-in takes are handed to it.
    """
    from tidebreak.plugins.run import examine
    from tidebreak.scan.hashing import hash_files

    totals = dict.fromkeys(State, 0)
    with installation() as opened, ExitStack() as stack:
        pairs = [_pair(opened, one, stack) for one in _installed(opened).all()]
        if not pairs:
            raise UsageError("No plug-in is installed; add one: tidebreak plugins add MODULE")
        for found in examine(hash_files(paths, opened.settings), pairs):
            totals[found.state] += 1
            (_print_json if as_json else _print)(found)
        counts = {"examined": sum(totals.values()), "found": totals[State.MATCHED]}
        opened.audit.append("plugin.scan", opened.actor, "files", counts)
    if not as_json:
        console().print(
            f"{totals[State.MATCHED]:,} recognised, {totals[State.CLEAR]:,} clear,"
            f" {totals[State.NOT_FULLY_EXAMINED]:,} not fully examined"
        )
    missed = strict and totals[State.NOT_FULLY_EXAMINED]
    sys.exit(2 if missed else int(totals[State.MATCHED] > 0))


def _installed(opened: Tidebreak) -> InstalledPlugins:
    from tidebreak.plugins.installed import InstalledPlugins

    return InstalledPlugins(
        opened.home / "plugins.toml", opened.settings, opened.audit, opened.actor
    )


def _type(installed: InstalledPlugins, name: str) -> tuple[Plugin, int]:
    for plugin in installed.all():
        if name in plugin.types:
            return plugin, plugin.types.index(name)
    known = ", ".join(name for plugin in installed.all() for name in plugin.types) or "none"
    raise UsageError(f"No plug-in has a type '{name}'; there are: {known}.")


def _pair(opened: Tidebreak, plugin: Plugin, stack: ExitStack) -> tuple[Hashing, Matching]:
    from tidebreak.plugins.known import Matching, known_hashes
    from tidebreak.plugins.run import Hashing

    installed = _installed(opened)
    known = known_hashes(opened.database, opened.vault, plugin.types)
    comparing: PluginProcess = stack.enter_context(installed.start(plugin))
    hashing = Hashing(installed, plugin)
    stack.callback(hashing.close)
    return hashing, Matching(plugin, comparing, known, opened.catalogue.entries)


@contextmanager
def _lines(file: Path) -> Generator[Generator[str]]:
    try:
        with file.open(encoding="utf-8", errors="replace", newline="\n") as stream:
            yield (line for line in stream)
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}); name another.") from None


def _print(found: Found) -> None:
    out = console()
    name = f"{shown_path(found.path, '')}  {found.type}"
    if found.state is State.MATCHED:
        best = found.verdict.matches[0]
        out.print(f"{styled(found.verdict.level)}  {plain(name)}  {plain(best.list)}"
                  f" {plain(best.entry)}: {plain(best.reason)}")  # fmt: skip
    elif found.reason:
        out.print(f"[yellow]not fully examined[/]  {plain(name)}: {plain(found.reason)}")


def _print_json(found: Found) -> None:
    from tidebreak.plugins.run import as_record

    sys.stdout.write(json.dumps(as_record(found), ensure_ascii=False) + "\n")
