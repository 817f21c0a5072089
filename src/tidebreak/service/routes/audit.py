"""``/v1/audit``: what was done, by whom, when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import Query
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.audit import heads
from tidebreak.audit.heads import HeadsVerification
from tidebreak.audit.signing import Checker, signer
from tidebreak.service import shown
from tidebreak.service.forms.service import AuditPage, VerificationForm
from tidebreak.service.parts import Parts
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


async def verification(call: Asked) -> Response:
    """Check every record, and the signed heads where the service keeps some; takes its time."""
    async with _ONE:
        found = await anyio.to_thread.run_sync(_verified, call.parts)
    chain, end = found.chain, found.end
    broken = [] if chain.intact else [f"record {chain.bad}: {chain.reason}"]
    return shown.answer({
        "intact": found.intact, "events": chain.events, "heads": found.heads,
        "newest_head": found.newest, "end": f"{end.number}:{end.hash}",
        "faults": [*broken, *found.faults],
    })  # fmt: skip


_ONE = anyio.CapacityLimiter(1)


def _verified(parts: Parts) -> HeadsVerification:
    log, folder = parts.opened.audit, parts.config.audit.heads
    if not folder:
        return heads.verify(log)
    public = signer(parts.opened.audit_key_file).public
    return heads.verify(log, Path(folder), Checker.of(public))


def routes() -> list[Guarded]:
    """Return these routes."""
    needs = Permission.AUDIT
    return [
        route("GET", "/v1/audit", needs, page, answers=AuditPage),
        route("GET", "/v1/audit/verification", needs, verification, answers=VerificationForm),
    ]
