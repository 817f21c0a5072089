"""One connection of a client of ICAP: request after request, each judged before it is answered."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from dataclasses import dataclass

from tidebreak.gates.bodies.headers import Described, Unreadable, described
from tidebreak.gates.bodies.judging import judge_body
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Ruling
from tidebreak.gates.icap.answers import Offered, bare, options, refusal, unchanged
from tidebreak.gates.icap.chunks import Chunked, Malformed
from tidebreak.gates.icap.requests import Request, http_fields, http_query, read_request
from tidebreak.spool import NoRoom, Spool, TooLarge, pour

_LIMIT = 1 << 16
_LINGER = 2.0
_SERVICES = {"reqmod": ("REQMOD",), "respmod": ("RESPMOD",)}
_BOTH = ("REQMOD", "RESPMOD")


@dataclass(frozen=True, slots=True)
class IcapOptions:
    """``idle`` is how many seconds a client may be silent, ``whole`` how many one body takes."""

    preview: int = 4096
    connections: int = 100
    options_seconds: int = 60
    status: int = 403
    ignore: tuple[str, ...] = ()
    idle: float = 30.0
    whole: float = 600.0


class Session:
    """Answers one connection."""

    def __init__(self, gate: ContentGate, options: IcapOptions, connected: socket.socket) -> None:
        self._gate, self._options, self._socket = gate, options, connected

    async def run(self) -> None:
        """Answer until the client or a fault ends it."""
        self._reader, self._writer = await _opened(self._socket)
        try:
            while (request := await read_request(self._reader, self._options.idle)) is not None:
                if not await self._answer(request) or request.closes:
                    break
        except Malformed:
            await self._last(bare(400, self._gate.tag, close=True))
        except TimeoutError:
            await self._last(bare(408, self._gate.tag, close=True))
        except (EOFError, OSError):
            pass
        finally:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _answer(self, request: Request) -> bool:
        """Answer one request; return whether another one may follow."""
        methods = _SERVICES.get(request.path.strip("/").lower(), _BOTH)
        if request.method == "OPTIONS":
            if request.body:
                raise Malformed("OPTIONS has a body")
            await self._send(options(self._offered, methods))
            return True
        if request.method not in methods:
            await self._last(bare(405, self._gate.tag, close=True))
            return False
        if not request.body:
            await self._pass(request, None, unsaid=request.allows_204)
            return True
        return await self._judged(request)

    async def _judged(self, request: Request) -> bool:
        reference = os.urandom(5).hex()
        chunked = Chunked(self._reader, self._writer, self._options.idle, preview=request.preview)
        with self._gate.spool() as content:
            try:
                async with asyncio.timeout(self._options.whole):
                    async for part in chunked.parts():
                        await pour(part, content)
            except (TooLarge, NoRoom) as error:
                # Not even an open gate passes it: it has not the bytes that it would give back.
                ruling = self._gate.untold(str(error), reference, never=True)
                await self._refuse(ruling, reference, close=True)
                return False
            ruling = await self._ruling(request, content, reference)
            if ruling.passes:
                unsaid = request.allows_204 or chunked.in_preview
                await self._pass(request, content, unsaid=unsaid)
            else:
                await self._refuse(ruling, reference)
        return True

    async def _ruling(self, request: Request, content: Spool, reference: str) -> Ruling:
        head = request.heads.get("req-hdr" if request.method == "REQMOD" else "res-hdr", b"")
        try:
            query = http_query(head) if request.method == "REQMOD" else ""
            found = described(http_fields(head), query) if head else Described()
        except (Unreadable, Malformed) as error:
            return self._gate.untold(str(error), reference)
        return await judge_body(self._gate, content, found, reference)

    @property
    def _offered(self) -> Offered:
        mine = self._options
        return Offered(self._gate.tag, mine.preview, mine.connections, mine.options_seconds,
                       mine.status, mine.ignore, self._gate.status.line)  # fmt: skip

    async def _pass(self, request: Request, content: Spool | None, *, unsaid: bool) -> None:
        if unsaid:
            await self._send(bare(204, self._gate.tag))
            return
        for part in unchanged(request, content, self._gate.tag):
            await self._send(part)

    async def _refuse(self, ruling: Ruling, reference: str, *, close: bool = False) -> None:
        data = refusal(ruling.outcome, reference, self._offered, close=close)
        await (self._last(data) if close else self._send(data))

    async def _send(self, data: bytes) -> None:
        async with asyncio.timeout(self._options.idle):
            self._writer.write(data)
            await self._writer.drain()

    async def _last(self, data: bytes) -> None:
        """Send and take what is still coming for a moment, or the answer would be lost with it."""
        with suppress(OSError, TimeoutError):
            await self._send(data)
            self._writer.write_eof()
            async with asyncio.timeout(_LINGER):
                while await self._reader.read(_LIMIT):
                    pass


async def _opened(
    connected: socket.socket,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if connected.family == socket.AF_UNIX:
        return await asyncio.open_unix_connection(sock=connected, limit=_LIMIT)
    return await asyncio.open_connection(sock=connected, limit=_LIMIT)
