"""``tidebreak audit``: what happened here, and whether the record of it is whole."""

from __future__ import annotations

import json
import re
import sys
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.audit_heads import (
    Heads,
    PublicKey,
    checker_for,
    export,
    head,
    log_alone,
    public_key,
    stamp_check,
)
from tidebreak.cli.context import console, plain, table
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.audit.heads import HeadsVerification
    from tidebreak.audit.log import Event, Head

audit_app = typer.Typer(
    help="The audit log: show it, verify it.", no_args_is_help=True, rich_markup_mode=None
)

audit_app.command(name="head")(head)
audit_app.command(name="public-key")(public_key)
audit_app.command(name="export")(export)

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
    heads: Heads = None,
    public_key: PublicKey = None,
    authority: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) of the authority, for stamps."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every record, and signed heads; exits with 2 when the log is not what was written.

    Tells the head of the log: note it where nobody reaches, and give it with --head later.
    """
    from tidebreak.audit.heads import verify as check

    noted, checker = _head(head), checker_for(public_key) if heads else None
    stamps = stamp_check(authority) if authority else None
    with log_alone() as log:
        found = check(log, heads, checker, stamps, noted)
    if as_json:
        record = {"intact": found.intact, **asdict(found.chain), "head": asdict(found.end),
                  "heads": found.heads, "stamps": found.stamps,
                  "faults": list(found.faults)}  # fmt: skip
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        console().print("\n".join(_told(found, heads is not None)), soft_wrap=True)
    sys.exit(0 if found.intact else 2)


def _told(found: HeadsVerification, with_heads: bool) -> list[str]:
    chain, end = found.chain, found.end
    if not chain.intact:
        lines = [f"NOT INTACT: record {chain.bad}: {chain.reason}; restore the log."]
    elif found.faults:
        lines = ["NOT INTACT:"]
    else:
        lines = [f"{counted(chain.events, 'event')}, unbroken", f"head: {end.number}:{end.hash}"]
    lines += [f"  {plain(fault)}" for fault in found.faults]
    if with_heads:
        checked = f"{counted(found.heads, 'signed head')}, {counted(found.stamps, 'stamp')} checked"
        lines.append(f"{checked}; the newest head is of record {found.newest}")
    return lines


@audit_app.command()
def show(
    last: Annotated[int, typer.Option(min=0, help="How many events; 0 shows all.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the newest events, the newest last."""
    with log_alone() as log:
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


def _head(text: str) -> Head | None:
    if not text:
        return None
    match = re.fullmatch(r"(\d+):([0-9a-f]{64})", text)
    if match is None:
        raise UsageError("A head is NUMBER:HASH, as tidebreak audit verify told it.")
    from tidebreak.audit.log import Head

    return Head(int(match[1]), match[2])
