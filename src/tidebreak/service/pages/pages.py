"""``/`` and what it needs: files that say nothing by themselves, so that anybody may have them.

Whatever the page shows it asks for with the session of who looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from tidebreak.service.routing import PUBLIC, Guarded, call_of, route

_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/pages/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/pages/page.css": ("page.css", "text/css; charset=utf-8"),
}

_AWAY, _THERE = b'<p hidden><a href="/v1/session/oidc">', b'<p><a href="/v1/session/oidc">'
"""The way to the organisation's provider, which not every service has."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes() -> list[Guarded]:
    """Return these routes."""
    return [
        route("GET", path, PUBLIC, _giving(name, kind), reads=True)
        for path, (name, kind) in _FILES.items()
    ]


def _giving(name: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    content = (resources.files("tidebreak.service.pages") / name).read_bytes()

    async def give(request: Request) -> Response:
        """Return a file of the page for people."""
        given = content
        if call_of(request).parts.oidc is not None:
            given = content.replace(_AWAY, _THERE)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return Response(given, media_type=kind, headers=headers)

    return give
