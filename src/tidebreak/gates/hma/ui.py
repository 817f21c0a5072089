"""``/ui``: the queries behind HMA's pages, as JSON. The pages themselves are not offered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tidebreak.gates.hma.asking import Asking, hits, read
from tidebreak.gates.hma.banking import bank_of, created
from tidebreak.gates.hma.hashing import hashed
from tidebreak.gates.hma.intake import fields_of, json_of, named, uploaded
from tidebreak.gates.hma.lookups import Hit, Wish
from tidebreak.gates.hma.metadata import without_address
from tidebreak.web.requests import Refused

Found = list[tuple[str, str, Hit]]
"""Signal type, its value, and what it hit."""


async def query_file(asking: Asking, request: Request) -> Response:
    """``POST /ui/query``: a file."""
    async with uploaded(asking, request) as content:
        values = await hashed(asking, content, None)
        return await _queried(asking, values, content.fields)


async def query_url(asking: Asking, request: Request) -> Response:
    """``POST /ui/query_url``: what a URL names."""
    given = await fields_of(asking, request)
    url, kind = _given(given, "url"), _given(given, "content_type")
    async with named(asking, url, kind) as content:
        values = await hashed(asking, content, None)
    return await _queried(asking, values, given)


async def query_hash(asking: Asking, request: Request) -> Response:
    """``POST /ui/query_hash``: a hash."""
    given = await fields_of(asking, request)
    values = {_given(given, "signal_type"): _given(given, "signal_value")}
    return await _queried(asking, values, given)


async def find(asking: Asking, request: Request) -> Response:
    """``POST /ui/bank/<b>/content/find``: which contents of a bank something matches."""
    bank, given = await bank_of(asking, request), await json_of(request)
    if given.get("url"):
        url, kind = _given(given, "url"), _given(given, "content_type")
        async with named(asking, url, kind) as content:
            values = await hashed(asking, content, None)
    else:
        values = {_given(given, "signal_type"): _given(given, "signal_value")}
    found = [one for one in await _found(asking, values) if one[2].bank.name == bank.name]
    matches = [
        {"signal_type": name, "signal_value": value, "content_id": hit.number,
         "distance": hit.distance}
        for name, value, hit in found
    ]  # fmt: skip
    numbers = sorted({hit.number for _, _, hit in found})
    return JSONResponse({"content_ids": numbers, "matches": matches, "bank_name": bank.name})


async def create(asking: Asking, request: Request) -> Response:
    """``POST /ui/create_bank``: make a bank, and go back to where its page would be."""
    await created(asking, _given(await fields_of(asking, request), "bank_name"), 1.0)
    return RedirectResponse("./", 302)


async def _queried(asking: Asking, values: Mapping[str, str], given: Mapping[str, str]) -> Response:
    bypass = given.get("bypass_enabled_ratio", "true").lower() == "true"
    wish = Wish.of("", None, bypass=bypass)
    found = [one for one in await _found(asking, values) if wish.takes(one[2].bank)]
    found.sort(key=lambda one: float(one[2].distance) if one[2].distance.isdigit() else 1e9)
    hma = asking.hma
    abouts = await hma.apart(hma.kept.abouts, [hit.number for _, _, hit in found])
    matches: list[dict[str, Any]] = []
    for name, value, hit in found:
        stated: dict[str, Any] = {
            "bank_name": hit.bank.name, "content_id": hit.number, "distance": hit.distance,
            "signal_type": name, "signal_value": value, **hit.more,
        }  # fmt: skip
        about = abouts.get(hit.number)
        if about and about.metadata:
            stated["metadata"] = without_address(asking, about.metadata)
        if about and about.note:
            stated["note"] = about.note
        matches.append(stated)
    banks = sorted({hit.bank.name for _, _, hit in found})
    return JSONResponse({"hashes": values, "banks": banks, "matches": matches})


async def _found(asking: Asking, values: Mapping[str, str]) -> Found:
    asked = [
        (asking.kind(name), read(asking, asking.kind(name), value))
        for name, value in values.items()
        if value
    ]
    answers: Sequence[Sequence[Hit]] = await hits(asking, asked)
    return [
        (kind.name, signal.text, hit)
        for (kind, signal), own in zip(asked, answers, strict=True)
        for hit in own
    ]


def _given(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not value or not isinstance(value, str):
        raise Refused(400, f"{name} is required")
    return value
