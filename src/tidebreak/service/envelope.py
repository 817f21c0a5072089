"""What holds for every response: an id, headers that browsers heed, a line in the log, a count.

A plain ASGI layer around the application, so that nothing gets out past it.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tidebreak.locators import looks_like_one
from tidebreak.service import logs
from tidebreak.service.problems import said_of
from tidebreak.service.proxies import Proxies

ID_HEADER = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]
"""OWASP's list for APIs; a page may set its own policy, which then counts."""


@dataclass(frozen=True, slots=True)
class Done:
    """One request that was answered; ``route`` is the template of its path."""

    route: str
    method: str
    status: int
    seconds: float


class Envelope:
    """Wraps ``inner``; tells ``on_done`` of every request, and the log unless ``quiet``.

    ``proxies`` are believed about who asks.
    """

    def __init__(
        self,
        inner: ASGIApp,
        on_done: Callable[[Done], None],
        *,
        proxies: Proxies | None = None,
        quiet: bool = False,
    ) -> None:
        self._inner, self._on_done, self._quiet = inner, on_done, quiet
        self._proxies = proxies or Proxies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        begun, state = time.perf_counter(), _Sent(_id_of(scope), send)
        scope["tidebreak.id"] = state.id
        self._proxies.tell(scope)
        try:
            await self._inner(scope, receive, state)
        except Exception as error:
            logs.unforeseen(error, state.id)
            if state.status:
                raise  # half an answer is out: only the end of the connection can tell
            await said_of(error).response(state.id)(scope, receive, state)
        finally:
            self._done(scope, state, time.perf_counter() - begun)

    def _done(self, scope: Scope, state: _Sent, seconds: float) -> None:
        route = str(scope.get("tidebreak.route", "none"))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._on_done(Done(route, method, state.status, seconds))
        if not self._quiet:
            logs.line(
                "request",
                request=state.id,
                route=route,
                method=method,
                status=state.status,
                ms=round(seconds * 1000, 2),
                client=str(scope.get("tidebreak.client", "")),
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _Sent:
    """Sends on with the headers, and remembers the status."""

    def __init__(self, id: str, send: Send) -> None:
        self.id, self.status, self._send = id, 0, send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", []))
            names = {name.lower() for name, _ in given}
            given += [pair for pair in _HEADERS if pair[0] not in names]
            given.append((ID_HEADER, self.id.encode()))
            message = {**message, "headers": given}
        await self._send(message)


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if (
            name == ID_HEADER
            and _ID.fullmatch(value)
            and not looks_like_one(text := value.decode())
        ):
            return text
    return str(uuid.uuid4())
