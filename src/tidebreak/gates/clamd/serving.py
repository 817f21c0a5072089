"""Starts the clamd gate."""

from __future__ import annotations

import socket

from tidebreak.gates.accepting import Accepting, Where, accept
from tidebreak.gates.clamd.session import ClamdOptions, Session
from tidebreak.gates.content import ContentGate
from tidebreak.gates.files_below import Roots
from tidebreak.gates.table import Table


def settings(table: Table) -> tuple[Where, ClamdOptions]:
    """Take what can be set; raises `UsageError`.

    The keys besides those of `Where`: ``roots``, the folders below which SCAN may name files, and
    ``idle_seconds`` and ``stream_seconds``, in which a client must go on and be done.
    """
    where = Where.of(table, "127.0.0.1:3310")
    options = ClamdOptions(
        Roots(table.folders("roots")),
        table.number("idle_seconds", 30.0, 0.1, 3600),
        table.number("stream_seconds", 600.0, 0.1, 86_400),
    )
    table.end()
    return where, options


async def start(gate: ContentGate, table: Table) -> Accepting:
    """Listen as ``table`` says; raises `UsageError`."""
    where, options = settings(table)

    async def handle(connected: socket.socket) -> None:
        await Session(gate, options, connected).run()

    return await accept(where, handle, gate.status.turned_away)
