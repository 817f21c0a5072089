"""Bodies on their way in: bounded in size, in time, and all together in bytes.

A body is never held whole unless it is small (JSON): uploads go piece by piece into a `Spool`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from tidebreak.service.budget import Share
from tidebreak.service.config import Intake
from tidebreak.service.problems import Problem

_CLOSE = {"Connection": "close"}
_DRAIN_SECONDS, _DRAIN_BYTES = 1.0, 8 << 20
_PLAIN = {
    "content-encoding": ("identity",),
    "content-transfer-encoding": ("7bit", "8bit", "binary"),
    "transfer-encoding": ("chunked", "identity"),
}
"""Headers that say how a body is encoded, and what in them says that it is not."""

_URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Bounds:
    """``most`` bytes; a pause of ``idle`` seconds, ``seconds`` in all and a byte's share each."""

    most: int
    idle: float
    seconds: float
    slowest: int
    share: Share

    @classmethod
    def of(cls, intake: Intake, most: int, share: Share) -> Bounds:
        """Return the bounds that the configuration sets for a body of ``most`` bytes."""
        return cls(most, intake.idle_seconds, intake.request_seconds, intake.slowest, share)


class Bounded:
    """The ASGI callable that a request's body is received by, within ``bounds``."""

    def __init__(self, receive: Receive, headers: Headers, bounds: Bounds) -> None:
        """Raises `Problem` for what is too large by its own word."""
        self._receive, self.bounds = receive, bounds
        self._begun, self._size = time.monotonic(), 0
        self.done = False
        """Whether all of it was received."""
        declared = headers.get("content-length", "")
        if declared.isdecimal():
            self._check(int(declared))
            bounds.share.announce(int(declared))
        elif "transfer-encoding" not in headers:
            self.done = True

    async def __call__(self) -> Message:
        """Return the next piece; raises `Problem`, `Overloaded` or `ClientDisconnect`."""
        if self.done:
            return await self._receive()
        try:
            async with asyncio.timeout(self._left()):
                message = await self._receive()
        except TimeoutError:
            raise Problem(408, "The request was too slow.", headers=_CLOSE) from None
        if message["type"] == "http.disconnect":
            self.done = True
            raise ClientDisconnect
        self._size += len(message.get("body", b""))
        self._check(self._size)
        self.bounds.share.grow(self._size)
        self.done = not message.get("more_body", False)
        return message

    def _check(self, size: int) -> None:
        if size > self.bounds.most:
            raise Problem(413, f"Send at most {self.bounds.most:,} bytes.", headers=_CLOSE)

    def _left(self) -> float:
        allowed = self.bounds.seconds + self._size / max(1, self.bounds.slowest)
        return max(0.0, min(self.bounds.idle, self._begun + allowed - time.monotonic()))


def check_whole(headers: Headers, *, upload: bool) -> None:
    """Refuse a body that is not what it seems: encoded, a piece of something, or of no length.

    Looked at as it came, known content would be unknown: that must not look like a no. Raises
    `Problem` (415; 400 for RFC 9110, section 14.5; 411 for an ``upload`` that cannot be told
    from none).
    """
    for name, plain in _PLAIN.items():
        said = ",".join(headers.getlist(name)).lower().split(",")
        if any(one.strip() not in ("", *plain) for one in said):
            raise Problem(415, f"Send the bytes as they are, without {name.title()}.")
    if "content-range" in headers:
        raise Problem(400, "Send the whole, without Content-Range.")
    if upload and "content-length" not in headers and "transfer-encoding" not in headers:
        raise Problem(411, "Say how long it is (Content-Length), or send it chunked.")


def check_bare(kind: str) -> None:
    """Refuse media types whose bodies wrap or encode content; raises `Problem` (415)."""
    if kind == _URLENCODED or kind.startswith(("multipart/", "message/")):
        raise Problem(
            415,
            "Send bytes as application/octet-stream or another type of their own, or a form as"
            " multipart/form-data.",
        )


async def drain(request: Request) -> None:
    """Take in what still comes, a little and for a short time, and forget it.

    Whoever is sending reads no answer before that, and would see nothing but an end.
    """
    bounded: Bounded | None = request.scope.get("tidebreak.bounded")
    declared = request.headers.get("content-length", "0") != "0"
    if bounded.done if bounded else not (declared or "transfer-encoding" in request.headers):
        return
    left = _DRAIN_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await request.receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the pieces of a request's body, none of them empty."""
    async for piece in request.stream():
        if piece:
            yield piece


def media_type(request: Request) -> str:
    """Return the media type of a request's body, without parameters, "" for none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
