"""``/v1/lists/{name}/entries``: single entries, without what they are recognised by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.lists.catalogue import Catalogue, EntryRecord
from tidebreak.model import Entry
from tidebreak.service import asked, shown
from tidebreak.service.forms.lists import AddedForm, EntriesIn, EntryPage, MarkedForm, MarkIn
from tidebreak.service.problems import Problem
from tidebreak.service.routes.lists import Name, on_list
from tidebreak.service.routing import Asked, Guarded, route

Mark = Literal["withdraw", "dispute", "restore"]


async def page(
    call: Asked,
    name: Name,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Return entries with numbers above ``after``; signals are never in it."""
    found = await on_list(call, name, lambda c: c.editor.page(name, after, limit))
    more = found[-1].number if len(found) == limit else None
    return shown.answer({"items": [_entry(one) for one in found], "next": more})


async def add(call: Asked, name: Name, body: EntriesIn) -> Response:
    """Add entries; they count at once. One that is there already keeps its number."""
    signals = asked.items_of([one.signals for one in body.entries], "entries", opaque=True)
    entries = [
        Entry(0, tuple(own), one.key, one.classification, one.scheme, one.size)
        for one, own in zip(body.entries, signals, strict=True)
    ]
    numbers = await on_list(call, name, lambda c: c.editor.add(name, entries))
    return shown.answer({"numbers": numbers}, 201)


def _marking(mark: Mark) -> Callable[..., Any]:
    async def handler(
        call: Asked,
        name: Name,
        number: Annotated[int, Path(ge=1, le=2**62)],
        body: MarkIn,
    ) -> Response:
        def do(catalogue: Catalogue) -> None:
            found = catalogue.entries([number]).get(number)
            if found is None or found.list.name != name:
                raise Problem(404, "This list has no entry of that number.")
            getattr(catalogue.editor, mark)(name, [number], body.reason)

        await on_list(call, name, do)
        return shown.answer({"number": number, "done": mark})

    handler.__name__ = f"{mark}_entry"
    handler.__doc__ = _SAID[mark]
    return handler


_SAID = {
    "withdraw": "Take an entry back: it counts no more, at once; nothing is erased.",
    "dispute": "Mark an entry as disputed: its matches say so, and it decides nothing alone.",
    "restore": "Let an entry that was withdrawn or disputed count again.",
}


def _entry(one: EntryRecord) -> dict[str, Any]:
    return {
        "number": one.number,
        "key": shown.entry_of(one.key, one.number),
        "classification": one.classification,
        "scheme": one.scheme,
        "size": one.size,
        "withdrawn": one.withdrawn,
        "disputed": one.disputed,
    }


def routes() -> list[Guarded]:
    """Return these routes."""
    base, write = "/v1/lists/{name}/entries", Permission.LISTS_WRITE
    marks: tuple[Mark, ...] = ("withdraw", "dispute", "restore")
    return [
        route("GET", base, Permission.LISTS_READ, page, answers=EntryPage),
        route("POST", base, write, add, answers=AddedForm, status=201, once=True, most=8 << 20),
        *(
            route("POST", f"{base}/{{number}}/{mark}", write, _marking(mark), answers=MarkedForm,
                  once=True)
            for mark in marks
        ),
    ]  # fmt: skip
