"""Starts the ICAP gate."""

from __future__ import annotations

import socket

from tidebreak.errors import UsageError
from tidebreak.gates.accepting import Accepting, Where, accept
from tidebreak.gates.content import ContentGate
from tidebreak.gates.icap.session import IcapOptions, Session
from tidebreak.gates.table import Table


def settings(table: Table) -> tuple[Where, IcapOptions]:
    """Take what can be set; raises `UsageError`.

    The keys besides those of `Where`: ``preview`` (bytes), ``options_seconds``, ``status`` of a
    refusal (403 or 451), ``ignore`` (endings of files that a proxy need not hand over), and
    ``idle_seconds`` and ``body_seconds``, in which a client must go on and be done.
    """
    where = Where.of(table, "127.0.0.1:1344")
    options = IcapOptions(
        preview=table.whole("preview", 4096, 0, 1 << 16),
        connections=where.most,
        options_seconds=table.whole("options_seconds", 60, 1, 86_400),
        status=table.whole("status", 403),
        ignore=table.texts("ignore"),
        idle=table.number("idle_seconds", 30.0, 0.1, 3600),
        whole=table.number("body_seconds", 600.0, 0.1, 86_400),
    )
    if options.status not in (403, 451):
        raise UsageError(f"In the settings of the gate '{table.name}', status is 403 or 451.")
    if not all(each.isalnum() for each in options.ignore):
        raise UsageError(f"In the settings of the gate '{table.name}', ignore lists endings.")
    table.end()
    return where, options


async def start(gate: ContentGate, table: Table) -> Accepting:
    """Listen as ``table`` says; raises `UsageError`."""
    where, options = settings(table)

    async def handle(connected: socket.socket) -> None:
        await Session(gate, options, connected).run()

    return await accept(where, handle, gate.status.turned_away)
