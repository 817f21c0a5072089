"""``/v1/lists``: hash lists, and imports of whole ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import Path, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import HashList, Thresholds
from tidebreak.service import shown
from tidebreak.service.forms.lists import (
    ImportIn,
    ListForm,
    ListIn,
    ListPage,
    ListPatch,
    RemovedForm,
    ThresholdsIn,
)
from tidebreak.service.forms.service import JobForm
from tidebreak.service.imports import import_of
from tidebreak.service.intake import pieces
from tidebreak.service.openapi import query
from tidebreak.service.problems import Problem, faults_of, invalid
from tidebreak.service.routing import Asked, Call, Guarded, call_of, route
from tidebreak.spool import Spool, pour

_T = TypeVar("_T")

Name = Annotated[str, Path(max_length=200)]
Reason = Annotated[str, Query(min_length=1, max_length=500)]

_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


async def page(call: Asked) -> Response:
    """Return all lists, by name."""
    lists = await anyio.to_thread.run_sync(call.parts.opened.catalogue.lists)
    return shown.answer({"items": [list_of(one) for one in lists if call.caller.sees(one.name)]})


async def get(call: Asked, name: Name) -> Response:
    """Return one list."""
    return shown.answer(list_of(await on_list(call, name, lambda catalogue: catalogue.get(name))))


async def create(call: Asked, body: ListIn) -> Response:
    """Make an empty list, for entries of your own."""
    wanted = HashList(
        0, body.name, body.kind, body.owner, body.legal_basis, body.scheme,
        thresholds=_thresholds(Thresholds(), body.thresholds, call),
    )  # fmt: skip

    def make() -> HashList:
        catalogue = call.parts.opened.catalogue_as(call.actor)
        if any(one.name == body.name for one in catalogue.lists()):
            raise Problem(409, "There is a list of that name; choose another.")
        catalogue.editor.create(wanted)
        return catalogue.get(body.name)

    return shown.answer(list_of(await anyio.to_thread.run_sync(make)), 201)


async def change(call: Asked, name: Name, body: ListPatch) -> Response:
    """Switch a list on or off, or set its thresholds; counts at once."""

    def make(catalogue: Catalogue) -> HashList:
        found = catalogue.get(name)
        if body.thresholds is not None:
            made = _thresholds(found.thresholds, body.thresholds, call)
            catalogue.set_thresholds(name, made)
        if body.enabled is not None and body.enabled != found.enabled:
            (catalogue.enable if body.enabled else catalogue.disable)(name)
        return catalogue.get(name)

    return shown.answer(list_of(await on_list(call, name, make)))


async def remove(call: Asked, name: Name, reason: Reason) -> Response:
    """Take a list out for good; its data is kept, and the reason with it."""
    await on_list(call, name, lambda catalogue: catalogue.remove(name, reason))
    return shown.answer({"removed": name})


async def import_file(request: Request) -> Response:
    """Import a list, or its newer version, from the file that is the body: 202 and a job.

    All of it or nothing; what went wrong stands in the job.
    """
    call = call_of(request)
    try:
        order = ImportIn.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise invalid(faults_of(error.errors(include_url=False, include_input=False))) from None
    name = request.path_params["name"]
    if not call.caller.sees(name):
        raise _no_list()
    spool = Spool(call.parts.opened.home / "spool", call.parts.config.intake.upload_bytes)
    try:
        async for piece in pieces(request):
            await pour(piece, spool)
        work = import_of(call.parts.opened, name, order, spool, call.actor)
        job = await call.parts.jobs.start("import", name, call.actor, work)
    except BaseException:
        spool.close()
        raise
    return shown.answer(shown.job_of(job), 202)


async def job(call: Asked, id: Annotated[str, Path(max_length=64)]) -> Response:
    """Return how far an import is, and what came of it."""
    found = await call.parts.jobs.get(id)
    if found is None or not call.caller.sees(found.subject):
        raise Problem(404, "There is no job of that id.")
    return shown.answer(shown.job_of(found))


async def on_list(call: Call, name: str, do: Callable[[Catalogue], _T]) -> _T:
    """Return what ``do`` does with the catalogue, in a thread; 404 without such a list."""

    def run() -> _T:
        catalogue = call.parts.opened.catalogue_as(call.actor)
        known = {one.name for one in catalogue.lists()}
        if name not in known or not call.caller.sees(name):
            raise _no_list()
        return do(catalogue)

    return await anyio.to_thread.run_sync(run)


def list_of(one: HashList) -> dict[str, Any]:
    """Return a list as JSON."""
    values = asdict(one)
    del values["id"]
    return values


def _no_list() -> Problem:
    return Problem(404, "There is no list of that name; GET /v1/lists names them.")


def _thresholds(before: Thresholds, given: ThresholdsIn | None, call: Call) -> Thresholds:
    if given is None:
        return before
    return replace(before, **given.model_dump(exclude_none=True), author=call.actor)


def routes(upload: int) -> list[Guarded]:
    """Return these routes; an import may have so many bytes."""
    read, write = Permission.LISTS_READ, Permission.LISTS_WRITE
    names = [query(name) for name in ImportIn.model_fields]
    return [
        route("GET", "/v1/lists", read, page, answers=ListPage),
        route("POST", "/v1/lists", write, create, answers=ListForm, status=201, once=True),
        route("GET", "/v1/lists/{name}", read, get, answers=ListForm),
        route("PATCH", "/v1/lists/{name}", write, change, answers=ListForm),
        route("DELETE", "/v1/lists/{name}", write, remove, answers=RemovedForm),
        route("POST", "/v1/lists/{name}/import", write, import_file, answers=JobForm, status=202,
              reads=True, upload=upload, body=_BINARY, query=names),
        route("GET", "/v1/jobs/{id}", write, job, answers=JobForm),
    ]  # fmt: skip


__all__ = ["list_of", "on_list", "routes"]
