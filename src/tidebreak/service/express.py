"""The shortest way to the routes that are asked thousands of times a second.

A framework's stack of middleware costs more than a look-up. Routes at fixed addresses that read
the request themselves need none of it: their rule admits, bounds and turns errors into problems.
What is mounted does all that for itself.
"""

from __future__ import annotations

from collections.abc import Collection

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from tidebreak.service.routing import Guarded


def express(app: FastAPI, paths: Collection[str]) -> ASGIApp:
    """Return ``app`` with its routes at ``paths``, and its mounts, asked first and directly."""
    handlers = {
        (method, found.path): found.get_route_handler()
        for found in app.router.routes
        if isinstance(found, Guarded) and found.path in paths and found.rule.reads
        for method in found.methods or ()
    }

    mounts = [found for found in app.router.routes if isinstance(found, Mount)]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        handle = None
        if scope["type"] == "http":
            handle = handlers.get((scope["method"], scope["path"]))
        if handle is None:
            mount = next((m for m in mounts if scope["path"].startswith(f"{m.path}/")), None)
            if mount is None:
                await app(scope, receive, send)
            else:
                scope["root_path"] = scope.get("root_path", "") + mount.path
                await mount.app(scope, receive, send)
            return
        scope["app"] = app
        response = await handle(Request(scope, receive))
        await response(scope, receive, send)

    return answer
