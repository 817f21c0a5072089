"""``/c/exchanges``: none is offered here yet, and that is said so that no client breaks.

A list comes in with ``tidebreak lists import`` and is a bank from then on.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidebreak.gates.hma.asking import Asking
from tidebreak.web.requests import Refused

_NONE = "no exchange is offered here; a list that was imported is a bank already"


async def nothing(_asking: Asking, _request: Request) -> Response:
    """Return that there are none."""
    return JSONResponse([])


async def unknown_api(_asking: Asking, _request: Request) -> Response:
    """Refuse, as HMA does for an exchange API that it does not know."""
    raise Refused(400, _NONE)


async def not_found(_asking: Asking, _request: Request) -> Response:
    """Refuse: there is no such exchange."""
    raise Refused(404, _NONE)


async def deleted(_asking: Asking, _request: Request) -> Response:
    """Return that it is gone, as HMA does for one that was never there."""
    return JSONResponse({"message": "Exchange deleted"})
