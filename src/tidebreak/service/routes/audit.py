"""``/v1/audit``: what was done, by whom, when."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import Query
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.service import shown
from tidebreak.service.forms.service import AuditPage
from tidebreak.service.routing import Asked, Guarded, route

Limit = Annotated[int, Query(ge=1, le=500)]


async def page(
    call: Asked, after: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Limit = 100
) -> Response:
    """Return events with numbers above ``after``, oldest first."""
    log = call.parts.opened.audit
    events = await anyio.to_thread.run_sync(log.page, after, limit)
    items = [
        {
            "number": one.number,
            "at": one.at,
            "actor": one.actor,
            "action": one.action,
            "object": one.object,
            "detail": dict(one.detail),
        }
        for one in events
    ]
    more = events[-1].number if len(events) == limit else None
    return shown.answer({"items": items, "next": more})


def routes() -> list[Guarded]:
    """Return these routes."""
    return [route("GET", "/v1/audit", Permission.AUDIT, page, answers=AuditPage)]
