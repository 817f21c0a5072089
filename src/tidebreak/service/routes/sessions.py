"""``/v1/session``: people log in and out; anybody may ask who they are here."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from fastapi import Request
from starlette.responses import Response

from tidebreak.access.entrance import Denied
from tidebreak.access.roles import Permission, Principal
from tidebreak.access.sessions import COOKIE, COOKIE_ATTRIBUTES
from tidebreak.service import shown
from tidebreak.service.admission import address_of
from tidebreak.service.forms.service import DoneForm, SessionForm, SessionIn
from tidebreak.service.problems import Problem
from tidebreak.service.routing import PUBLIC, Asked, Guarded, route


async def log_in(call: Asked, request: Request, body: SessionIn) -> Response:
    """Log in with name, password and code; the cookie is the session."""
    entrance, address = call.parts.entrance, address_of(request)
    try:
        session = await anyio.to_thread.run_sync(
            entrance.log_in, body.name, body.password, body.code, address
        )
    except Denied as denied:
        raise Problem(401, str(denied), headers={"WWW-Authenticate": "Session"}) from None
    response = shown.answer(_session(session.principal, session.csrf), 201)
    response.headers["Set-Cookie"] = f"{COOKIE}={session.cookie}; {COOKIE_ATTRIBUTES}"
    return response


async def who(call: Asked, request: Request) -> Response:
    """Say who asks, and what they may do."""
    cookie = request.cookies.get(COOKIE, "")
    csrf = call.parts.gatekeeper.sessions.csrf(cookie) if call.caller.person and cookie else ""
    return shown.answer(_session(call.caller, csrf))


async def log_out(call: Asked, request: Request) -> Response:
    """End the session."""
    cookie = request.cookies.get(COOKIE, "")
    await anyio.to_thread.run_sync(call.parts.entrance.log_out, cookie)
    response = shown.answer({"done": True})
    response.headers["Set-Cookie"] = f"{COOKIE}=; Max-Age=0; {COOKIE_ATTRIBUTES}"
    return response


def _session(principal: Principal, csrf: str) -> dict[str, Any]:
    return {
        "name": principal.name,
        "person": principal.person,
        "permissions": sorted(principal.permissions),
        "csrf": csrf,
    }


def routes() -> list[Guarded]:
    """Return these routes."""
    anybody = Permission.STATUS  # every role has it
    return [
        route("POST", "/v1/session", PUBLIC, log_in, answers=SessionForm, status=201, most=8192),
        route("GET", "/v1/session", anybody, who, answers=SessionForm),
        route("DELETE", "/v1/session", anybody, log_out, answers=DoneForm),
    ]
