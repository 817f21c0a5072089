"""``tidebreak audit``: what happened here, and whether the record of it is whole."""

from __future__ import annotations

import json
import re
import sys
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, home, plain, table
from tidebreak.errors import NotInstalled, UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.audit.log import AuditLog, Event, Head

audit_app = typer.Typer(
    help="The audit log: show it, verify it.", no_args_is_help=True, rich_markup_mode=None
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@audit_app.command()
def verify(
    head: Annotated[
        str,
        typer.Option(
            metavar="NUMBER:HASH",
            help="The head that a former run told: finds an end that was cut off.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Check every record; exits with 2 when the log is not what was written.

    Tells the head of the log: note it where nobody reaches, and give it with --head later.
    """
    noted = _head(head)
    with _log() as log:
        found, last = log.verify(noted), log.head()
    if as_json:
        record = {"intact": found.intact, **asdict(found), "head": asdict(last)}
        sys.stdout.write(json.dumps(record) + "\n")
    elif found.intact:
        events = counted(found.events, "event")
        console().print(f"{events}, unbroken\nhead: {last.number}:{last.hash}")
    else:
        console().print(f"NOT INTACT: record {found.bad}: {found.reason}; restore the log.")
    sys.exit(0 if found.intact else 2)


@audit_app.command()
def show(
    last: Annotated[int, typer.Option(min=0, help="How many events; 0 shows all.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the newest events, the newest last."""
    with _log() as log:
        events = log.events()
        shown = deque(events, maxlen=last) if last else events
        if as_json:
            for event in shown:
                sys.stdout.write(json.dumps(asdict(event), ensure_ascii=False) + "\n")
            return
        grid = table("number", "at", "who", "what", "on", "detail", right=("number",))
        for event in shown:
            grid.add_row(*_cells(event))
    console().print(grid)


def _cells(event: Event) -> list[str]:
    detail = ", ".join(f"{name}={value}" for name, value in event.detail.items())
    texts = (event.at, event.actor, event.action, event.object, detail)
    return [str(event.number), *map(plain, texts)]


@contextmanager
def _log() -> Generator[AuditLog]:
    """Open the log alone: whoever checks it needs no key."""
    from tidebreak.audit.log import AuditLog

    path = home() / "audit.db"
    if not path.exists():
        raise NotInstalled(f"There is no audit log at {path}; name the installation with --home.")
    log = AuditLog(path)
    try:
        yield log
    finally:
        log.close()


def _head(text: str) -> Head | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d+):([0-9a-f]{64})", text)
    if match is None:
        raise UsageError("A head is NUMBER:HASH, as tidebreak audit verify told it.")
    from tidebreak.audit.log import Head

    return Head(int(match[1]), match[2])
