"""Who asks: the key or the session that a request was sent with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import Request

from tidebreak.access.roles import Principal
from tidebreak.access.sessions import COOKIE
from tidebreak.service.problems import Problem
from tidebreak.web.requests import bearer_of

if TYPE_CHECKING:
    from tidebreak.access.gatekeeper import Gatekeeper

CSRF_HEADER = "x-csrf-token"
_SAFE = ("GET", "HEAD")


async def admitted(request: Request, gatekeeper: Gatekeeper) -> Principal:
    """Return who asks; raise `Problem` (401) for whoever is not known.

    A browser's session needs its own token in a header besides for what changes anything (403):
    another page can make a browser send the cookie, not that.
    """
    principal = None
    if bearer := bearer_of(request):
        principal = gatekeeper.admit(bearer, address_of(request))
    elif cookie := request.cookies.get(COOKIE, ""):
        principal = await anyio.to_thread.run_sync(gatekeeper.session, cookie)
        token = request.headers.get(CSRF_HEADER, "")
        unsafe = request.method not in _SAFE
        if principal is not None and unsafe and not gatekeeper.sessions.is_csrf(cookie, token):
            raise Problem(403, f"Send the session's token in {CSRF_HEADER}.")
    if principal is None:
        why = "The key or session is missing, unknown, expired or revoked."
        raise Problem(401, why, headers={"WWW-Authenticate": "Bearer"})
    return principal


def address_of(request: Request) -> str:
    """Return the address that a request came from, "" for none.

    That is the connection's, or what a proxy says that is believed (`service.proxies`).
    """
    return request.client.host if request.client else ""
