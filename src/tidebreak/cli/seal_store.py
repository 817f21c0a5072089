"""``tidebreak seal issue``, ``store`` and ``trace``: stores for those who must work offline."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, installation, plain, table
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.media.sandbox import Posture
    from tidebreak.seal.local.file import Terms
    from tidebreak.seal.online.keys import SealKeys

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def issue(
    operator: Annotated[str, typer.Argument(help="Whom the store is for.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the store to this new file.")],
    key_file: Annotated[
        Path,
        typer.Option(metavar="FILE", help="And its key to this one, in another folder."),
    ],
    work: Annotated[
        int,
        typer.Option(min=1, max=4096, help="Hardened steps per look-up, of about 2 ms each."),
    ] = 8,
    days: Annotated[
        int, typer.Option(min=0, max=3650, help="Until the store expires; 0: never.")
    ] = 35,
    per_day: Annotated[
        int, typer.Option(min=1, help="Identifiers that it answers in a day.")
    ] = 500_000,
    as_json: Json = False,
) -> None:
    """Make a sealed store for one operator, who can ask it offline and cannot read it.

    Takes about 2 ms per identifier and core. Interrupted, the same command goes on where it
    stopped.
    """
    from tidebreak.seal.local.hardening import Cost
    from tidebreak.seal.local.issue import Order
    from tidebreak.seal.local.issue import issue as make

    order = Order(operator, out, key_file, Cost(work), days, per_day)
    with installation() as opened, _progress(operator) as progress:
        made = make(order, opened, progress)
    expires = made.terms.expires.isoformat() if made.terms.expires else None
    if as_json:
        record = {
            "operator": operator, "issue": made.terms.issue, "version": made.terms.version,
            "expires": expires, "identifiers": made.identifiers, "bytes": made.size,
        }  # fmt: skip
        sys.stdout.write(json.dumps(record) + "\n")
        return
    out_ = console()
    out_.print(f"{plain(str(out))}: {counted(made.identifiers, 'identifier')}, {made.size:,} bytes")
    out_.print(f"expires: {expires or 'never'}; issue {made.terms.issue}")
    out_.print("Hand over the store and its key on different ways, and keep no copy of either.")


def store(
    file: Annotated[Path, typer.Argument(help="The store that its issuer gave you.")],
    key_file: Annotated[Path, typer.Option(metavar="FILE", help="Its key.")],
    socket: Annotated[Path, typer.Option(metavar="PATH", help="Answer at this Unix socket.")],
    allow_uid: Annotated[
        list[int] | None,
        typer.Option(help="Another user (by number) who may ask; may be repeated."),
    ] = None,
) -> None:
    """Answer no, known or certain at a socket, for as long as this process runs.

    Needs no installation. The process gives up all that it does not need, writes down nothing of
    what it is asked, and answers no more than its issuer allows.
    """
    from tidebreak.seal.local.server import Place, serve

    serve(file, key_file, Place(socket, frozenset(allow_uid or ())), _tell_ready)


def trace(
    file: Annotated[Path, typer.Argument(help="A store or set that turned up, or a part of one.")],
    server_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The sealed server's key, to trace its sets as well."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show to whom a store or a set was given, by the canaries in it.

    It says whose copy this is. Who took it there is for people to find out. Exits with 1 when an
    operator's canaries are inside.
    """
    from tidebreak.seal.local.trace import trace_copy

    keys = _server_keys(server_key) if server_key else None
    with installation() as opened:
        found = trace_copy(file, opened, keys)
    if as_json:
        for one in found:
            record = {"operator": one.operator, "issue": one.series, "found": one.found,
                      "of": one.of, "chance_log2": round(one.chance, 1),
                      "whole": one.whole}  # fmt: skip
            sys.stdout.write(json.dumps(record) + "\n")
    elif not found:
        console().print("No operator's canaries are inside: it was not issued here.")
    else:
        grid = table("operator", "issue", "canaries", "by chance", right=("canaries",))
        for one in found:
            odds = f"less than 2^{one.chance:.0f}"
            grid.add_row(plain(one.operator), one.series, f"{one.found} of {one.of}", odds)
        console().print(grid)
        if not all(one.whole for one in found):
            console().print("The copy is damaged or mixed; this is what is left of it.")
        elif len(found) > 1:
            console().print("The copy is mixed: it holds canaries of more than one issue.")
    sys.exit(int(bool(found)))


def _server_keys(file: Path) -> SealKeys:
    try:
        from tidebreak.seal.online import keys

        return keys.load(file)
    except ImportError as error:
        raise UsageError(
            f"The sealed server's key needs {error.name}: pip install 'tidebreak[seal]'"
        ) from None


def _tell_ready(terms: Terms, posture: Posture) -> None:
    expires = terms.expires.isoformat() if terms.expires else "never"
    sys.stderr.write(
        f"The store of {terms.version} answers; expires: {expires}.\n{posture.summary}\n"
    )
    sys.stderr.flush()


@contextmanager
def _progress(operator: str) -> Generator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich import progress as bar

    with bar.Progress(console=console(error=True), transient=True) as shown:
        task = shown.add_task(f"hardening for {plain(operator)}", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
