"""``/v1/hash``, ``/v1/match``, ``/v1/screen``: what platforms call all day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b

from fastapi import Request
from starlette.responses import Response

from tidebreak.access.roles import Permission
from tidebreak.model import Signal, Verdict
from tidebreak.screens import Origin, Screened
from tidebreak.service import asked, shown
from tidebreak.service.forms.screening import (
    HashedForm,
    MatchedForm,
    MatchIn,
    ScreenedAny,
    SignalsIn,
    UrlIn,
)
from tidebreak.service.intake import check_bare, media_type, pieces
from tidebreak.service.openapi import accepts, json_of, query
from tidebreak.service.openapi import upload as uploaded
from tidebreak.service.problems import Problem
from tidebreak.service.routing import Call, Guarded, call_of, route
from tidebreak.spool import Spool, pour
from tidebreak.web.multipart import read_form

_FORM, _JSON = "multipart/form-data", "application/json"


async def hash_content(request: Request) -> Response:
    """Return the signals of a file and of what is inside; nothing is looked up or recorded."""
    call = call_of(request)
    call.charge(1)
    full = request.query_params.get("full", "false") == "true"
    with _spool(call) as spool:
        await _receive(request, call, spool)
        found = await call.parts.screener.hash(spool, full=full)
    return shown.answer(shown.examined(found, call.parts.screener.posture.level))


async def match(request: Request) -> Response:
    """Look up 1 to 1000 contents by their signals; nothing is recorded, no policy is asked."""
    call = call_of(request)
    items = asked.items_of(asked.parsed(asked.MATCH, await request.body())["items"])
    call.charge(asked.look_ups(items))
    verdicts, version = await call.parts.screener.match(items)
    _looked_up(call, items, verdicts, asked.look_ups(items))
    untold = call.parts.screener.untold(items)
    reasons = [
        "" if verdict.level.found else why for verdict, why in zip(verdicts, untold, strict=True)
    ]
    verdicts = shown.narrowed(verdicts, call.caller)
    distances = call.caller.may(Permission.DISTANCES)
    return Response(
        shown.matched(verdicts, reasons, version, distances=distances), media_type=_JSON
    )  # fmt: skip


async def screen(request: Request) -> Response:
    """Say what to do with content, and keep that under an id.

    Takes the bytes themselves, a form with one file, or JSON: a batch of ``items``, each the
    signals of one content, or a ``url`` where fetching is switched on.
    """
    call = call_of(request)
    if media_type(request) == _JSON:
        return await _screen_json(request, call)
    with _spool(call) as spool:
        fields, digest = await _receive(request, call, spool)
        origin = asked.origin_of(request, fields, call.caller)
        call.charge(1)

        async def make() -> Response:
            return _answered(call, await call.parts.screener.screen(spool, origin))

        if not call.key:
            return await make()
        content = digest + repr(origin).encode()
        return await call.parts.once.answer(call, request.url.path, content, make)


async def _screen_json(request: Request, call: Call) -> Response:
    body = await request.body()
    given = asked.parsed(asked.SCREEN, body)
    origin = asked.origin(given.get("origin"), call.caller)

    async def make() -> Response:
        if "url" in given:
            return await _screen_url(call, given["url"], origin)
        items = asked.items_of(given["items"])
        call.charge(asked.look_ups(items))
        found = await call.parts.screener.screen_signals(items, origin)
        _looked_up(call, items, [_verdict(one) for one in found], asked.look_ups(items))
        return shown.answer({"items": [shown.screened_for(one, call.caller) for one in found]})

    if not call.key:
        return await make()
    return await call.parts.once.answer(call, request.url.path, body, make)


async def _screen_url(call: Call, url: str, origin: Origin) -> Response:
    call.need(Permission.FETCH)
    fetcher = call.parts.fetcher
    if fetcher is None:
        raise Problem(403, "Fetching is switched off here; send the bytes.", name="fetching-off")
    call.charge(1)
    with _spool(call) as spool:
        await fetcher.fetch(url, spool)
        if not spool.size:
            raise Problem(502, "What was fetched is empty; send the bytes.")
        return _answered(call, await call.parts.screener.screen(spool, origin))


def _answered(call: Call, screened: Screened) -> Response:
    signals = [part.signals for part in screened.parts]
    verdicts = [part.verdict for part in screened.parts]
    _looked_up(call, signals, verdicts, 1)
    return shown.answer(shown.screened_for(screened, call.caller))


def _looked_up(
    call: Call, items: Iterable[Sequence[Signal]], verdicts: Sequence[Verdict], count: int
) -> None:
    """Tell what watches for whoever uses this to find out what is known.

    ``count`` is what was charged: each signal that hit counts as each that was asked.
    """
    hits = sum(_hits(verdict) for verdict in verdicts if verdict.level.found)
    near = (
        (one.value, verdict.level.found)
        for signals, verdict in zip(items, verdicts, strict=True)
        for one in signals
        if one.type.name == "pdq"
    )
    call.parts.gatekeeper.looked_up(call.caller, count, min(hits, count), near)


def _hits(verdict: Verdict) -> int:
    return len({match.signal for match in verdict.matches if match.level.found}) or 1


def _verdict(screened: Screened) -> Verdict:
    return screened.parts[0].verdict if screened.parts else Verdict(screened.level)


def _spool(call: Call) -> AbstractContextManager[Spool]:
    return Spool(call.parts.opened.home / "spool", call.parts.config.intake.upload_bytes)


async def _receive(request: Request, call: Call, spool: Spool) -> tuple[dict[str, str], bytes]:
    """Take in an upload; return the fields that came with it, and a digest of all of it."""
    digest = blake2b(digest_size=32)

    async def noted():  # noqa: ANN202
        async for piece in pieces(request):
            if call.key:
                digest.update(piece)
            yield piece

    fields: dict[str, str] = {}
    if (kind := media_type(request)) == _FORM:
        form = await read_form(request.headers.get("content-type", ""), noted(), spool)
        if len(form.files) != 1:
            raise Problem(422, "Send one file in a form, no more and no less.")
        fields = form.fields
    else:
        check_bare(kind)
        async for piece in noted():
            await pour(piece, spool)
    if not spool.size:
        raise Problem(422, "Nothing came to look at; an empty file cannot be told from a lost one.")
    return fields, digest.digest()


def routes(upload: int, batch: int) -> list[Guarded]:
    """Return these routes; uploads and batches may have so many bytes."""
    at = [query(name) for name in ("surface", "jurisdiction", "item")]
    screened = accepts(uploaded(), json_of(SignalsIn, UrlIn))
    return [
        route("POST", "/v1/hash", Permission.HASH, hash_content, answers=HashedForm, reads=True,
              upload=upload, body=uploaded(), query=[query("full", "boolean")]),
        route("POST", "/v1/match", Permission.MATCH, match, answers=MatchedForm, reads=True,
              most=batch, body=json_of(MatchIn)),
        route("POST", "/v1/screen", Permission.SCREEN, screen, answers=ScreenedAny, reads=True,
              most=batch, upload=upload, body=screened, query=at),
    ]  # fmt: skip
