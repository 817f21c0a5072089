"""A client's end of a connection to a session of a gate, without any listening."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

Run = Callable[[socket.socket], Awaitable[None]]


@contextlib.asynccontextmanager
async def connected(run: Run) -> AsyncIterator[socket.socket]:
    """Run a session at one end of a pair and give the other, not blocking."""
    here, there = socket.socketpair()
    for each in (here, there):
        each.setblocking(False)

    async def served() -> None:
        with there:
            await run(there)

    task = asyncio.ensure_future(served())
    try:
        yield here
    finally:
        here.close()
        await asyncio.wait_for(task, 10)


async def said(here: socket.socket, seconds: float = 10) -> bytes:
    """Return all that comes up to the end."""
    loop, parts = asyncio.get_running_loop(), list[bytes]()
    async with asyncio.timeout(seconds):
        while part := await loop.sock_recv(here, 1 << 16):
            parts.append(part)
    return b"".join(parts)


async def talk(run: Run, *parts: bytes, done: bool = True) -> bytes:
    """Send ``parts`` one by one and return all that is answered.

    ``done``: say that nothing more will come.
    """
    loop = asyncio.get_running_loop()
    async with connected(run) as here:
        with contextlib.suppress(OSError):
            for part in parts:
                await loop.sock_sendall(here, part)
                await asyncio.sleep(0)
            if done:
                here.shutdown(socket.SHUT_WR)
        return await said(here)
