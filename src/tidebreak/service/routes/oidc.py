"""``/v1/session/oidc`` and ``…/return``: logging in at the organisation's own provider."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tidebreak.access.entrance import Denied
from tidebreak.access.oidc import STATE_COOKIE, STATE_COOKIE_ATTRIBUTES, Oidc
from tidebreak.access.sessions import COOKIE, COOKIE_ATTRIBUTES
from tidebreak.service.admission import address_of
from tidebreak.service.problems import Problem
from tidebreak.service.routing import PUBLIC, Guarded, call_of, route

_QUERY = ("code", "state", "iss", "error")
_LONGEST = 4096

_WELCOME: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=/">
<title>Tidebreak</title><p><a href="/">Go on</a></p></html>
"""
"""Goes on by itself: a redirect would still be the provider's, and take no strict cookie along."""

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def begin(request: Request) -> Response:
    """Send the browser to the provider."""
    begun = await anyio.to_thread.run_sync(_oidc(request).begin, address_of(request))
    response = RedirectResponse(begun.url, 303, {"Cache-Control": "no-store"})
    response.headers["Set-Cookie"] = f"{STATE_COOKIE}={begun.state}; {STATE_COOKIE_ATTRIBUTES}"
    return response


async def finish(request: Request) -> Response:
    """Take what the browser brings back; the cookie is the session."""
    query = {name: request.query_params[name] for name in _QUERY if name in request.query_params}
    if any(len(value) > _LONGEST for value in query.values()):
        raise Problem(400, "This is no answer of a provider.")
    state = request.cookies.get(STATE_COOKIE, "")
    try:
        session = await anyio.to_thread.run_sync(
            _oidc(request).finish, query, state, address_of(request)
        )
    except Denied as denied:
        raise Problem(401, str(denied), headers={"WWW-Authenticate": "Session"}) from None
    response = HTMLResponse(_WELCOME, 200, _HEADERS)
    response.headers.append("Set-Cookie", f"{COOKIE}={session.cookie}; {COOKIE_ATTRIBUTES}")
    response.headers.append("Set-Cookie", f"{STATE_COOKIE}=; {STATE_COOKIE_ATTRIBUTES}; Max-Age=0")
    return response


_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
}


def _oidc(request: Request) -> Oidc:
    found = call_of(request).parts.oidc
    if found is None:
        raise Problem(404, "This service has no provider to log in at: [oidc] in service.toml.")
    return found


def routes() -> list[Guarded]:
    """Return these routes."""
    return [
        route("GET", "/v1/session/oidc", PUBLIC, begin, reads=True),
        route("GET", "/v1/session/return", PUBLIC, finish, reads=True),
    ]
