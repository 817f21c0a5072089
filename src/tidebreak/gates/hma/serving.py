"""A listener of the façade's own, beside the service in its process."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak.errors import UsageError
from tidebreak.gates.hma.application import application
from tidebreak.gates.hma.hma import Hma
from tidebreak.gates.hma.options import host_and_port
from tidebreak.web import listening

if TYPE_CHECKING:
    from uvicorn import Server

_MOST_AT_ONCE, _GRACE_SECONDS, _HEAD_SECONDS = 256, 5, 10.0


class Listener:
    """Answers at ``place`` until it is closed."""

    def __init__(self, task: asyncio.Task[None], server: Server, made: socket.socket) -> None:
        self._task, self._server, self._socket = task, server, made
        self.place = _place(made)

    async def close(self) -> None:
        """Take no more, finish what is under way for a few seconds, and end."""
        self._server.should_exit = True
        await self._task
        self._socket.close()
        if self.place.startswith("unix:"):
            Path(self.place.removeprefix("unix:")).unlink(missing_ok=True)


async def serve(hma: Hma) -> Listener:
    """Listen where the options of ``hma`` say; raise `UsageError` when nothing can there."""
    from tidebreak.web.connection import protocol_of

    made = _listening(hma.options.listen)
    served = application(hma, as_key=hma.options.as_key)
    bounds = listening.Bounds(_MOST_AT_ONCE, _GRACE_SECONDS)
    server = listening.server_of(served, bounds, None, protocol_of(_HEAD_SECONDS))
    # Signals are for the service, which closes this listener.
    server.capture_signals = contextlib.nullcontext
    task = asyncio.create_task(server.serve(sockets=[made]))
    while not server.started and not task.done():
        await asyncio.sleep(0.01)
    return Listener(task, server, made)


def _listening(listen: str) -> socket.socket:
    if not listen.startswith("unix:"):
        return listening.listen(*host_and_port(listen))
    path = Path(listen.removeprefix("unix:"))
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        made.bind(str(path))
        path.chmod(0o660)  # its owner and group may reach it: that is who acts as the key
        made.listen()
    except OSError as error:
        made.close()
        raise UsageError(
            f"Nothing can listen at {listen} ({error.strerror}); choose another path."
        ) from None
    return made


def _place(made: socket.socket) -> str:
    if made.family == socket.AF_UNIX:
        return f"unix:{made.getsockname()}"
    host, port = made.getsockname()[:2]
    return f"{host}:{port}"
