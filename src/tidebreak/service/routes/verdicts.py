"""``/v1/verdicts``: what was decided and why, and what people find of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import anyio.to_thread
from starlette.responses import Response

from tidebreak.access.roles import Permission, Principal
from tidebreak.model import Level
from tidebreak.screening.records import Filter, Outcome
from tidebreak.screening.rows import Record
from tidebreak.screens import Action
from tidebreak.service import shown
from tidebreak.service.forms.records import RecordForm, RecordPage, ReviewIn
from tidebreak.service.problems import Problem
from tidebreak.service.routes.observations import (
    After,
    Client,
    Id,
    Limit,
    aware,
    known_id,
    page_of,
    record_of,
)
from tidebreak.service.routing import Asked, Guarded, route


async def page(
    call: Asked,
    client: Client = "",
    level: Level | None = None,
    action: Action | None = None,
    waits: bool | None = None,
    retroactive: bool | None = None,
    found: bool = True,
    since: datetime | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Response:
    """Return verdicts, newest first; with ``found`` off also those at which nothing was found."""
    chosen = Filter(
        client=client, level=level, action=action, waits=waits, retroactive=retroactive,
        found=found and level is None, since=aware(since),
    )  # fmt: skip
    items, more = await page_of(call, chosen, known_id(after), limit)
    told = [_record(one, call.caller) for one in items]
    if level is not None:  # what another list says makes no level for those who may not see it
        told = [one for one in told if one["level"] == level]
    return shown.answer({"items": told, "next": more})


async def get(call: Asked, id: Id) -> Response:
    """Return one verdict with its reviews."""
    found = await anyio.to_thread.run_sync(record_of, call, id)
    if found is None:
        raise Problem(404, "There is no verdict of that id.")
    return shown.answer(_record(found, call.caller))


async def review(call: Asked, id: Id, body: ReviewIn) -> Response:
    """Say what you find of a verdict; it is kept beside what others said."""
    records = call.parts.screener.records

    def write() -> Record:
        if record_of(call, id) is None:
            raise Problem(404, "There is no verdict of that id.")
        return records.review(id, call.actor, Outcome(body.outcome), body.note)

    return shown.answer(_record(await anyio.to_thread.run_sync(write), call.caller), 201)


def _record(record: Record, caller: Principal) -> dict[str, Any]:
    return {
        **shown.screened_for(record.screened, caller),
        "earlier": record.earlier,
        "waits": record.waits,
        "reviews": [asdict(one) for one in record.reviews],
    }


def routes() -> list[Guarded]:
    """Return these routes."""
    read = Permission.VERDICTS_READ
    return [
        route("GET", "/v1/verdicts", read, page, answers=RecordPage),
        route("GET", "/v1/verdicts/{id}", read, get, answers=RecordForm),
        route("POST", "/v1/verdicts/{id}/review", Permission.VERDICTS_REVIEW, review,
              answers=RecordForm, status=201, once=True),
    ]  # fmt: skip
