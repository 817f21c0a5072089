"""The façade over HTTP: who asks, may they, and what an error looks like. Nothing is logged."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from itertools import groupby
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tidebreak.access.roles import Principal
from tidebreak.gates.hma.asking import Asking
from tidebreak.gates.hma.hma import Hma
from tidebreak.gates.hma.refusals import response_to, said
from tidebreak.gates.hma.routes import PUBLIC, WAYS, Way
from tidebreak.web.requests import Refused, bearer_of

WARNING = "Tidebreak-Warning"
"""The header that says what a body of HMA's has no words for."""

_LOG = logging.getLogger(__name__)
_UNFORESEEN = 500
_ALIVE = "I-AM-ALIVE"
_SLASHES = re.compile("//+")
_BROWSER = ("origin", "sec-fetch-site")

Endpoint = Callable[[Request], Awaitable[Response]]


def application(hma: Hma, *, as_key: str = "") -> ASGIApp:
    """Return the application that answers by ``hma``, which whoever serves it has entered.

    Requests without a key act as the one called ``as_key``: only for a listener that nobody else
    can reach (`options.Options`).
    """
    entrance = _Entrance(hma, as_key)
    made = Starlette(
        routes=[*_routes(entrance), *_public(hma)],
        exception_handlers={HTTPException: _http_error, Exception: _error},
    )
    made.router.redirect_slashes = False
    return _one_slash(made)


class _Entrance:
    """Admits whoever asks, and lets a route answer."""

    def __init__(self, hma: Hma, as_key: str) -> None:
        self._hma, self._as_key = hma, as_key

    def by(self, ways: list[Way]) -> Endpoint:
        """Return the endpoint of all ``ways``, which have one path."""
        methods = {way.method: way for way in ways}

        async def answered(request: Request) -> Response:
            way = methods["GET" if request.method == "HEAD" else request.method]
            try:
                asking = Asking(self._hma, self._admitted(request))
                asking.need_all(way.needs)
                response = await way.handler(asking, request)
            except (HTTPException, ClientDisconnect):
                raise
            except Exception as error:
                return self._failed(error)
            if asking.warnings:
                text = "; ".join(asking.warnings)
                response.headers[WARNING] = text.encode("ascii", "replace").decode()
            return response

        return answered

    def _failed(self, error: Exception) -> Response:
        response = response_to(error)
        if response.status_code == _UNFORESEEN:
            self._hma.warn("failed")
            place = traceback.extract_tb(error.__traceback__)[-1]
            # Where, and of what kind: the error's own text may hold what was asked about.
            where = f"{Path(place.filename).stem}:{place.lineno}"
            _LOG.error(f"a request failed: {type(error).__name__} at {where}")
        return response

    def _admitted(self, request: Request) -> Principal:
        gatekeeper, bearer = self._hma.gatekeeper, bearer_of(request)
        if bearer:
            address = request.client.host if request.client else ""
            found = gatekeeper.admit(bearer, address)
        else:
            found = self._unnamed(request)
        if found is None:
            why = "The key is missing, unknown, expired or revoked: Authorization: Bearer KEY"
            raise Refused(401, why, {"WWW-Authenticate": "Bearer"})
        return found

    def _unnamed(self, request: Request) -> Principal | None:
        if not self._as_key or "authorization" in request.headers:
            return None
        if any(name in request.headers for name in _BROWSER):
            raise Refused(403, "missing role: no web page may use a key that is not its own")
        return self._hma.gatekeeper.named(self._as_key)


def _routes(entrance: _Entrance) -> list[Route]:
    paths = list(dict.fromkeys(way.path for way in WAYS))
    by_path = {
        path: list(ways)
        for path, ways in groupby(
            sorted(WAYS, key=lambda way: paths.index(way.path)), key=lambda way: way.path
        )
    }
    return [
        Route(path, entrance.by(ways), methods=[way.method for way in ways])
        for path, ways in by_path.items()
    ]


def _public(hma: Hma) -> list[Route]:
    async def home(request: Request) -> Response:
        return RedirectResponse(f"{request.scope.get('root_path', '')}/status", 302)

    async def status(_request: Request) -> Response:
        state = hma.screener.state
        if state.ready:
            return PlainTextResponse(_ALIVE)
        return PlainTextResponse("INDEX-STALE" if state.version else "INDEX-NOT-LOADED", 503)

    async def live(_request: Request) -> Response:
        return PlainTextResponse(_ALIVE)

    async def site_map(_request: Request) -> Response:
        patterns = {re.sub(r"\{(\w+)(:\w+)?\}", r"<\1>", way.path) for way in WAYS}
        return JSONResponse(sorted(patterns.union(PUBLIC)))

    answers = zip(PUBLIC, (home, site_map, status, live), strict=True)
    return [Route(path, answer, methods=["GET"]) for path, answer in answers]


def _one_slash(inner: ASGIApp) -> ASGIApp:
    """Take several slashes for one: a known client's default address ends with one."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "//" in scope["path"]:
            scope = {**scope, "path": _SLASHES.sub("/", scope["path"])}
        await inner(scope, receive, send)

    return called


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = {404: "There is no such route.", 405: "That route does not take this method."}
    headers = error.headers if isinstance(error, HTTPException) else None
    return said(status, told.get(status, "The request cannot be answered."), headers)


async def _error(_request: Request, error: Exception) -> Response:
    return response_to(error)
