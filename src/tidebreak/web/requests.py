"""Requests, bounded in size and time; what is refused gets a status and one sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_CLOSE = {"Connection": "close"}


class Refused(Exception):
    """A request that gets no answer but a ``status``, and why."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(why)
        self.status, self.headers = status, headers or {}

    @property
    def response(self) -> Response:
        """What is sent instead of an answer."""
        return error_response(self.status, str(self), self.headers)


def error_response(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response that says what went wrong: JSON with ``error``."""
    from starlette.responses import JSONResponse

    return JSONResponse({"error": why}, status, headers)


async def body_of(request: Request, most: int, seconds: float) -> bytes:
    """Return the body of a request.

    Raises `Refused` when it has more than ``most`` bytes (413), or is not there after so many
    ``seconds`` (408): who sends a byte now and then holds no room for long.
    """
    found = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                found += part
                if len(found) > most:
                    raise Refused(413, f"Send at most {most:,} bytes.", _CLOSE)
    except TimeoutError:
        raise Refused(408, "The request was too slow.", _CLOSE) from None
    return bytes(found)


def bearer_of(request: Request) -> str:
    """Return the token that a request was sent with (RFC 6750, section 2.1), "" for none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
