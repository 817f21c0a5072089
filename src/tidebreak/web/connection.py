"""One connection: whoever does not finish saying what they want is not waited for, nor kept.

The parser below bounds neither the time nor the size of what stands before and after a body.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD = 64 << 10
"""Bytes of a request that are no body: its line, its headers, its trailers."""

MOST_FIELDS = 200

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class _TooLarge(Exception):
    """A head has more than it may."""


def protocol_of(seconds: float) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with a bound of ``seconds``, and of bytes, on requests' headers.

    It has none itself: connections that send a byte now and then would hold theirs for ever, and
    headers without end would fill the memory before anybody is asked for a key.
    """

    class Patient(HttpToolsProtocol):
        """Closes a connection whose request has not begun in time, or has too much of a head."""

        _waiting: asyncio.TimerHandle | None = None
        _no_body = 0
        """Bytes that came since there was a piece of a body, or the end of something."""
        _head = _fields = 0
        """What the parser has found of this request's head so far."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._wait()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            self._no_body += len(data)
            super().data_received(data)
            if self._no_body > MOST_HEAD:
                self._refuse()

        def on_message_begin(self) -> None:
            self._wait()
            self._head = self._fields = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._count(len(url))
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._fields += 1
            self._count(len(name) + len(value))
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._stop()
            self._no_body = 0
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._no_body = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._no_body = 0
            super().on_message_complete()

        def send_400_response(self, msg: str) -> None:
            if self._over:
                self._refuse()
            else:
                super().send_400_response(msg)

        @property
        def _over(self) -> bool:
            return self._head > MOST_HEAD or self._fields > MOST_FIELDS

        def _count(self, size: int) -> None:
            self._head += size
            if self._over:
                raise _TooLarge  # the parser stops, and `send_400_response` is called

        def _refuse(self) -> None:
            self._stop()
            if self.transport.is_closing():
                return
            answering = self.cycle and not self.cycle.response_complete
            if not answering:
                self.transport.write(_TOO_LARGE)
            self.transport.close()

        def _wait(self) -> None:
            self._stop()
            self._waiting = self.loop.call_later(seconds, self._give_up)

        def _stop(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None

        def _give_up(self) -> None:
            self._waiting = None
            if not self.transport.is_closing():
                self.transport.close()

    return Patient
