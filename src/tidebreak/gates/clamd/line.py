"""One connection to a client of clamd: bytes in, descriptors in, replies out.

A descriptor comes beside a byte of its own (unix(7), SCM_RIGHTS), so that this reads the socket
itself and not through a stream.
"""

from __future__ import annotations

import array
import asyncio
import os
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from tidebreak.gates.clamd.commands import LONGEST, Command, taken

_PIECE = 1 << 16
_MOST_FDS = 64
_LINGER = 2.0


class Gone(Exception):
    """The client ended the connection, or was silent for too long, in the middle of something."""


class Line:
    """``idle`` is how many seconds a client may be silent."""

    def __init__(self, connected: socket.socket, idle: float) -> None:
        self._socket, self._idle = connected, idle
        self._unix = connected.family == socket.AF_UNIX
        self._buffer = bytearray()
        self._fds = deque[int]()
        self._writing = asyncio.Lock()

    async def command(self) -> Command | None:
        """Return the next command, None when there is none any more; raises `Unknown`, `Gone`."""
        while (found := taken(bytes(self._buffer[:LONGEST]))) is None:
            if not await self._more():
                return None
        command, length = found
        del self._buffer[:length]
        return command

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield what follows INSTREAM: pieces of chunks, up to the chunk without bytes."""
        while left := int.from_bytes(await self._exactly(4)):
            while left:
                part = await self._exactly(min(left, _PIECE))
                left -= len(part)
                yield part

    async def descriptor(self) -> int:
        """Return the descriptor that follows FILDES, which is the caller's to close, -1 for none.

        It comes beside one byte that means nothing. Both may be there already.
        """
        if not self._buffer and not await self._more():
            raise Gone
        del self._buffer[:1]
        return self._fds.popleft() if self._fds else -1

    async def say(self, *texts: str, end: bytes) -> None:
        """Send whole replies, never between the bytes of another one; raises `Gone`."""
        data = b"".join(text.encode("utf-8", "surrogateescape") + end for text in texts)
        loop = asyncio.get_running_loop()
        try:
            async with self._writing, asyncio.timeout(self._idle):
                await loop.sock_sendall(self._socket, data)
        except (OSError, TimeoutError):
            raise Gone from None

    async def linger(self) -> None:
        """Take what is still coming for a moment, or the last reply would be lost with it."""
        loop = asyncio.get_running_loop()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_LINGER):
                self._socket.shutdown(socket.SHUT_WR)
                while await loop.sock_recv(self._socket, _PIECE):
                    pass

    def hang_up(self) -> None:
        """End the connection at once; whoever reads from it finds its end."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the descriptors that nobody asked for."""
        while self._fds:
            os.close(self._fds.popleft())

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            if not await self._more():
                raise Gone
        part = bytes(self._buffer[:count])
        del self._buffer[:count]
        return part

    async def _more(self) -> bool:
        """Read on; False at the end. Raises `Gone` when nothing comes for too long."""
        try:
            async with asyncio.timeout(self._idle):
                part = await self._received()
        except (OSError, TimeoutError):
            raise Gone from None
        self._buffer += part
        return bool(part)

    async def _received(self) -> bytes:
        if not self._unix:
            return await asyncio.get_running_loop().sock_recv(self._socket, _PIECE)
        while True:
            try:
                return self._with_descriptors()
            except BlockingIOError:
                await _readable(self._socket)

    def _with_descriptors(self) -> bytes:
        part, beside, _, _ = self._socket.recvmsg(
            _PIECE, socket.CMSG_SPACE(_MOST_FDS * 4), socket.MSG_CMSG_CLOEXEC
        )
        for level, kind, data in beside:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                found = array.array("i")
                found.frombytes(data[: len(data) - len(data) % found.itemsize])
                self._fds.extend(found)
        if len(self._fds) > _MOST_FDS:
            raise OSError("too many descriptors")
        return part


async def _readable(connected: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(connected, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(connected)
