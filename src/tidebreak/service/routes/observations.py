"""``/v1/observations``: everything that was screened, and matching it anew."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import Path, Query
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.model import State
from tidebreak.screening.records import Filter
from tidebreak.screening.rows import Record
from tidebreak.service import shown
from tidebreak.service.forms.records import ObservationForm, ObservedPage, RematchIn
from tidebreak.service.forms.service import JobForm
from tidebreak.service.jobs import Tell
from tidebreak.service.problems import Problem
from tidebreak.service.routing import Asked, Guarded, route

Id = Annotated[str, Path(max_length=64)]
After = Annotated[str, Query(max_length=64)]
Limit = Annotated[int, Query(ge=1, le=500)]
Client = Annotated[str, Query(max_length=200)]


async def page(
    call: Asked,
    client: Client = "",
    state: State | None = None,
    since: datetime | None = None,
    after: After = "",
    limit: Limit = 100,
) -> Response:
    """Return what was screened, newest first."""
    chosen = Filter(client=client, state=state, since=aware(since))
    records = call.parts.screener.records
    found = await anyio.to_thread.run_sync(
        lambda: records.page(chosen, after=known_id(after), limit=limit)
    )
    more = found[-1].screened.id if len(found) == limit else None
    return shown.answer({"items": [_observed(one) for one in found], "next": more})


async def get(call: Asked, id: Id) -> Response:
    """Return one observation with its parts, and the later verdicts about it."""
    records = call.parts.screener.records

    def find() -> tuple[Record | None, list[Record]]:
        return records.get(id), records.later(id)

    found, later = await anyio.to_thread.run_sync(find)
    if found is None:
        raise Problem(404, "There is no observation of that id.")
    parts = [
        {
            "member": part.member,
            "size": part.size,
            "content": part.content,
            "state": part.state,
            "reason": part.reason,
            "note": part.note,
        }
        for part in found.screened.parts
    ]
    ids = [one.screened.id for one in later]
    return shown.answer({**_observed(found), "parts": parts, "later": ids})


async def rematch(call: Asked, body: RematchIn) -> Response:
    """Match lists against everything that was seen, without reading any media: 202 and a job."""
    screener, opened = call.parts.screener, call.parts.opened
    known = await anyio.to_thread.run_sync(opened.catalogue.lists)
    if not set(body.lists) <= {one.name for one in known if call.caller.sees(one.name)}:
        raise Problem(404, "There is no list of one of these names; GET /v1/lists names them.")

    async def work(tell: Tell) -> dict[str, int]:
        return shown.counts(await screener.rematch(body.lists))

    subject = ", ".join(body.lists) or "every list"
    job = await call.parts.jobs.start("rematch", subject[:200], call.actor, work)
    return shown.answer(shown.job_of(job), 202)


def aware(moment: datetime | None) -> datetime | None:
    """Return ``moment`` in the time zone that it says, UTC when it says none."""
    from datetime import UTC

    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def known_id(after: str) -> str:
    """Return ``after``; refuse what cannot be the id of a screening."""
    from tidebreak.screening.ids import is_id

    if after and not is_id(after):
        raise Problem(422, "'after' is the 'next' of the page before.")
    return after


def _observed(record: Record) -> dict[str, Any]:
    one = record.screened
    return {
        "id": one.id,
        "at": one.at,
        "origin": shown.origin_of(one.origin),
        "state": one.state,
        "level": one.level,
        "action": one.decision.action,
        "version": one.version,
        "sandbox": one.sandbox,
        "earlier": record.earlier,
    }


def routes() -> list[Guarded]:
    """Return these routes."""
    read = Permission.OBSERVATIONS_READ
    return [
        route("GET", "/v1/observations", read, page, answers=ObservedPage),
        route("GET", "/v1/observations/{id}", read, get, answers=ObservationForm),
        route("POST", "/v1/observations/rematch", Permission.OBSERVATIONS_REMATCH, rematch,
              answers=JobForm, status=202, once=True),
    ]  # fmt: skip
