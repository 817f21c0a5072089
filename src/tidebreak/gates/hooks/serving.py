"""Starts the hooks: an HTTP server of their own beside whatever else the process does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

from tidebreak.gates.content import ContentGate
from tidebreak.gates.hooks.application import application
from tidebreak.gates.hooks.options import HookOptions, where
from tidebreak.gates.table import Table
from tidebreak.web.listening import Bounds, listen, server_of

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

_GRACE, _HEAD_SECONDS = 5, 10.0


class HookServer:
    """A server at work; `close` ends it."""

    def __init__(self, server: uvicorn.Server, listening: socket.socket) -> None:
        self._server, self._listening = server, listening
        self._task = asyncio.ensure_future(server.serve([listening]))

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return self._listening.getsockname()[1]

    async def close(self) -> None:
        """Take no more, and give what is under way a few seconds."""
        self._server.should_exit = True
        await asyncio.gather(self._task, return_exceptions=True)
        self._listening.close()


def settings(table: Table) -> tuple[HookOptions, str, int, int]:
    """Take what can be set, and host, port and connections; raises `UsageError`.

    The keys: ``listen``, ``token_file``, ``connections``, ``status``, ``roots`` (the folders below
    which files may be named), ``s3_endpoint``, ``s3_buckets``, ``s3_region`` and ``s3_key_file``,
    ``idle_seconds`` and ``body_seconds``.
    """
    options = HookOptions.of(table)
    host, port = where(table, secret=bool(options.token))
    most = table.whole("connections", 100, 1, 10_000)
    table.end()
    return options, host, port, most


async def start(gate: ContentGate, table: Table) -> HookServer:
    """Listen as ``table`` says; raises `UsageError`."""
    options, host, port, most = settings(table)
    # Whoever says nothing holds a place, before any token.
    server = _server(application(gate, options), most, min(options.idle, _HEAD_SECONDS))
    return HookServer(server, listen(host, port))


def _server(served: Starlette, most: int, seconds: float) -> uvicorn.Server:
    from tidebreak.web.connection import protocol_of

    server = server_of(served, Bounds(most, _GRACE), None, protocol_of(seconds))
    server.capture_signals = contextlib.nullcontext  # they are the process's
    return server
