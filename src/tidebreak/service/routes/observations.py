"""``/v1/observations``: everything that was screened, and matching it anew."""

from __future__ import annotations

from dataclasses import replace
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
from tidebreak.service.routing import Asked, Call, Guarded, route

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
    found, more = await page_of(call, chosen, known_id(after), limit)
    return shown.answer({"items": [_observed(one, call) for one in found], "next": more})


async def get(call: Asked, id: Id) -> Response:
    """Return one observation with its parts, and the later verdicts about it."""
    records = call.parts.screener.records

    def find() -> tuple[Record | None, list[Record]]:
        return record_of(call, id), records.later(id)

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
    ids = [one.screened.id for one in later if shown.is_there_for(one.screened, call.caller)]
    return shown.answer({**_observed(found, call), "parts": parts, "later": ids})


async def rematch(call: Asked, body: RematchIn | None = None) -> Response:
    """Match lists against everything that was seen, without reading any media: 202 and a job.

    Without a body all lists are.
    """
    names = body.lists if body else ()
    screener, opened = call.parts.screener, call.parts.opened
    known = await anyio.to_thread.run_sync(opened.catalogue.lists)
    if not set(names) <= {one.name for one in known if call.caller.sees(one.name)}:
        raise Problem(404, "There is no list of one of these names; GET /v1/lists names them.")

    async def work(tell: Tell) -> dict[str, int]:
        return shown.counts(await screener.rematch(names))

    subject = ", ".join(names) or "every list"
    job = await call.parts.jobs.start("rematch", subject[:200], call.actor, work)
    return shown.answer(shown.job_of(job), 202)


async def page_of(
    call: Call, chosen: Filter, after: str, limit: int
) -> tuple[list[Record], str | None]:
    """Return a page of what who asks may know of, and after what the next one begins, if any.

    What they may not know of is left out: a page may have fewer than ``limit``.
    """
    caller, records = call.caller, call.parts.screener.records
    if len(caller.surfaces) == 1:
        chosen = replace(chosen, surface=next(iter(caller.surfaces)))
    found = await anyio.to_thread.run_sync(lambda: records.page(chosen, after=after, limit=limit))
    more = found[-1].screened.id if len(found) == limit else None
    return [one for one in found if shown.is_there_for(one.screened, caller)], more


def record_of(call: Call, id: str) -> Record | None:
    """Return the record of that id that who asks may know of; call it in a thread."""
    found = call.parts.screener.records.get(id)
    return found if found and shown.is_there_for(found.screened, call.caller) else None


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


def _observed(record: Record, call: Call) -> dict[str, Any]:
    one = shown.seen_by(record.screened, call.caller)
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
