"""The shortest way to the routes that are asked thousands of times a second.

A framework's stack of middleware costs more than a look-up. Routes at fixed addresses that read
the request themselves need none of it: their rule admits, bounds and turns errors into problems.
"""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tidebreak.service.routing import Guarded


def express(app: FastAPI, paths: Collection[str]) -> ASGIApp:
    """Return ``app`` with its routes at ``paths`` asked first and directly."""
    handlers = {
        (method, found.path): found.get_route_handler()
        for found in app.router.routes
        if isinstance(found, Guarded) and found.path in paths and found.rule.reads
        for method in found.methods or ()
    }

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        handle = None
        if scope["type"] == "http":
            handle = handlers.get((scope["method"], scope["path"]))
        if handle is None:
            await app(scope, receive, send)
            return
        scope["app"] = app
        response = await handle(Request(scope, receive))
        await response(scope, receive, send)

    return answer
