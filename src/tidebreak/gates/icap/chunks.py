"""Bodies in ICAP: chunks, with a preview before them or without (RFC 3507, sections 4.4.2 and 4.5).

A sender stops after its preview and goes on when it is told to (``100 Continue``), unless it said
``ieof``: then the preview was all.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from tidebreak.errors import UsageError

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(;[^\r\n]*)?")
_IEOF = re.compile(rb";\s*ieof\b", re.IGNORECASE)
_LINE = 4096
_TRAILERS = 64
_PIECE = 1 << 18
CONTINUE = b"ICAP/1.0 100 Continue\r\n\r\n"


class Malformed(UsageError):
    """What came is no ICAP; the connection cannot be used any more."""


class Chunked:
    """The body of one request. ``preview``: it begins with one.

    ``in_preview`` tells, once it was read to its end, whether the preview was all of it.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        idle: float,
        *,
        preview: bool,
    ) -> None:
        self._reader, self._writer, self._idle = reader, writer, idle
        self._preview = preview
        self.in_preview = False

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield what is in it; raises `Malformed`, `TimeoutError`, `EOFError` and `OSError`."""
        if self._preview:
            async for part in self._section():
                yield part
            if self.in_preview:
                return
            self._writer.write(CONTINUE)
            await self._writer.drain()
        async for part in self._section():
            yield part
        self.in_preview = False

    async def _section(self) -> AsyncIterator[bytes]:
        while True:
            size, ended = await self._size()
            if not size:
                self.in_preview = ended
                await self._trailers()
                return
            while size:
                part = await self._some(min(size, _PIECE))
                size -= len(part)
                yield part
            if await line(self._reader, self._idle):
                raise Malformed("a chunk is longer than it says")

    async def _size(self) -> tuple[int, bool]:
        text = await line(self._reader, self._idle)
        match = _SIZE.fullmatch(text)
        if match is None:
            raise Malformed("a chunk has no size")
        return int(match[1], 16), bool(match[2] and _IEOF.search(match[2]))

    async def _trailers(self) -> None:
        for _ in range(_TRAILERS):
            if not await line(self._reader, self._idle):
                return
        raise Malformed("there are too many trailers")

    async def _some(self, most: int) -> bytes:
        async with asyncio.timeout(self._idle):
            part = await self._reader.read(most)
        if not part:
            raise EOFError
        return part


async def line(reader: asyncio.StreamReader, idle: float) -> bytes:
    """Return the next line without its end; raises as `Chunked.parts` does."""
    try:
        async with asyncio.timeout(idle):
            text = await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise Malformed("a line is too long") from None
    if len(text) > _LINE:
        raise Malformed("a line is too long")
    return text[:-2]
