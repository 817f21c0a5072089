"""``/c/bank/<b>/content…``: contents added, shown, disabled and withdrawn."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidebreak.access.roles import Permission
from tidebreak.gates.hma.asking import Asking, examined, hashes, read
from tidebreak.gates.hma.banking import bank_of, own_bank_of
from tidebreak.gates.hma.banks import Bank
from tidebreak.gates.hma.contents import FURTHEST_SECONDS, Content
from tidebreak.gates.hma.hma_types import HmaType
from tidebreak.gates.hma.intake import Content as File
from tidebreak.gates.hma.intake import is_form, is_json, json_of, named, query_of, uploaded
from tidebreak.gates.hma.kept import About
from tidebreak.gates.hma.metadata import about_of, shown_metadata, without_address
from tidebreak.model import Examination, Signal, SignalKind
from tidebreak.web.requests import Refused

_LONGEST_NOTE = 255


async def add_content(asking: Asking, request: Request) -> Response:
    """``POST /c/bank/<b>/content``: add a file, or what a URL names."""
    bank, query = await own_bank_of(asking, request), query_of(request)
    types = query.get("types")
    if query.get("url"):
        given = await json_of(request) if is_json(request) else {}
        about = about_of(query, given, note_of(given))
        async with named(asking, query["url"], query.get("content_type")) as file:
            return await _added(asking, bank, file, types, about)
    if not is_form(request):
        raise Refused(400, "Neither `url` nor multipart file upload was received")
    async with uploaded(asking, request) as file:
        about = about_of(file.fields, {}, note_of(file.fields))
        return await _added(asking, bank, file, types, about)


async def add_signals(asking: Asking, request: Request) -> Response:
    """``POST /c/bank/<b>/signal``: add hashes of one content."""
    bank, given = await own_bank_of(asking, request), await json_of(request)
    about = About(note=note_of(given) or "")
    given.pop("note", None)
    if not given:
        raise Refused(400, "No signals given")
    if not all(isinstance(text, str) for text in given.values()):
        raise Refused(400, "A signal is text.")
    signals = {name: read(asking, asking.kind(name), text) for name, text in given.items()}
    number = await _keep(asking, bank, list(signals.values()), None, about)
    told = {name: signal.text for name, signal in signals.items()}
    return JSONResponse({"id": number, "signals": told})


async def show_content(asking: Asking, request: Request) -> Response:
    """``GET /c/bank/<b>/content/<id>``."""
    content, query = await _content_of(asking, request), query_of(request)
    form = _form(content)
    if query.get("include_signals", "false").lower() == "true":
        if content.added_here and asking.asker.may(Permission.LISTS_WRITE):
            hma = asking.hma
            form["signals"] = await hma.apart(hma.contents.signals, asking.asker.actor, content)
        asking.warn("signals sealed", "exact ones, and those of imported lists, are never shown")
    metadata = shown_metadata(asking, content.row.about)
    if metadata and query.get("include_metadata", "true").lower() == "true":
        form["metadata"] = metadata
    if content.row.about.note:
        form["note"] = content.row.about.note
    return JSONResponse(form)


async def change_content(asking: Asking, request: Request) -> Response:
    """``PUT /c/bank/<b>/content/<id>``: disable, enable, or set the note."""
    content, given = await _content_of(asking, request), await json_of(request)
    until = _until(given["disable_until_ts"]) if "disable_until_ts" in given else None
    note = (note_of(given) or "") if "note" in given else None
    if until is not None or note is not None:
        hma = asking.hma
        content = await hma.changed(hma.contents.put, asking.asker.actor, content, until, note)
    about = content.row.about
    user = without_address(asking, about.metadata)
    more = {"collab_metadata": {}, "user_metadata": user or None, "note": about.note or None}
    return JSONResponse(_form(content) | more)


async def delete_content(asking: Asking, request: Request) -> Response:
    """``DELETE /c/bank/<b>/content/<id>``: withdraw it for good."""
    bank = await bank_of(asking, request)
    hma, number = asking.hma, request.path_params["content"]
    deleted = await hma.changed(hma.contents.delete, asking.asker.actor, bank, number)
    return JSONResponse({"deleted": deleted})


def note_of(given: Mapping[str, Any]) -> str | None:
    """Return a note; raise `Refused` for what cannot be one."""
    note = given.get("note")
    if not note:
        return None
    if not isinstance(note, str):
        raise Refused(400, "note should be a string")
    if len(note) > _LONGEST_NOTE:
        raise Refused(400, f"note must be at most {_LONGEST_NOTE} characters")
    return note


async def _added(
    asking: Asking, bank: Bank, file: File, types: str | None, about: About
) -> Response:
    kinds = asking.kinds(file.kind, types)
    whole = await examined(asking, file.spool)
    values = hashes(asking, whole, kinds)
    if not all(values.values()):
        raise Refused(400, "a hash is empty: what is featureless would match everywhere")
    number = await _keep(asking, bank, _signals(whole, kinds), whole.size, about)
    return JSONResponse({"id": number, "signals": values})


def _signals(whole: Examination, kinds: list[HmaType]) -> list[Signal]:
    """Return what an entry of a file has: what HMA would keep, and every exact identifier.

    So a photo is recognised by its digests, too, on every network (HMA keeps its PDQ alone).
    """
    wanted = {kind.type for kind in kinds}
    return [s for s in whole.signals if s.type in wanted or s.type.kind is SignalKind.EXACT]


async def _keep(
    asking: Asking, bank: Bank, signals: list[Signal], size: int | None, about: About
) -> int:
    hma = asking.hma
    return await hma.changed(hma.contents.add, asking.asker.actor, bank, signals, size, about)


async def _content_of(asking: Asking, request: Request) -> Content:
    bank = await bank_of(asking, request)
    return await asking.hma.apart(asking.hma.contents.get, bank, request.path_params["content"])


def _form(content: Content) -> dict[str, object]:
    return {
        "id": content.record.number,
        "disable_until_ts": content.row.disable_until,
        "original_media_uri": None,
        "bank": content.bank.form,
    }


def _until(value: Any) -> int:
    try:
        until = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Refused(400, "disable_until_ts must be a whole number") from None
    if until < 0:
        raise Refused(400, "disable_until_ts must be a non-negative integer")
    if until > time.time() + FURTHEST_SECONDS:
        raise Refused(400, "disable_until_ts must be less than 5 years in the future")
    return until
