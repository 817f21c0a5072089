"""The hooks as an HTTP application, to be mounted or served alone.

===========  ==============================================================================
``/upload``  for a proxy: the request itself; passes with ``X-Accel-Redirect`` (nginx)
``/check``   bytes, a form with files: 200, 403 or 503 (pict-rs, and whoever writes a line)
``/file``    ``{"path": …}`` of a file below a folder that the operator named
``/tus``     tusd's hooks (version 2)
``/s3``      notices of object stores
``/status``  how the gate is doing; 503 while it has no answers
===========  ==============================================================================

Every answer has ``Tidebreak-Gate``: whether answers come, and what the gate does without. Nothing
that is asked is logged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tidebreak.gates.bodies.headers import Unreadable, described
from tidebreak.gates.bodies.judging import judge_body
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Outcome, Ruling
from tidebreak.gates.hooks.events import NoEvent, path_in, s3_objects, tus_event
from tidebreak.gates.hooks.judging import Hooks
from tidebreak.gates.hooks.options import HookOptions
from tidebreak.web.requests import Refused, body_of, error_response

_JSON_BYTES = 1 << 20
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_LOCATION = re.compile(r"[a-z0-9_]{1,32}")
_STATUS = {Outcome.PASS: 200, Outcome.REFUSE: 403, Outcome.FAILURE: 503}

_Answer = Callable[[Hooks, Request], Awaitable[Response]]


def application(gate: ContentGate, options: HookOptions) -> Starlette:
    """Return the application."""
    hooks = Hooks(gate, options)
    routes: tuple[tuple[str, list[str], _Answer], ...] = (
        ("/upload", _ANY, _upload),
        ("/upload/{rest:path}", _ANY, _upload),
        ("/check", ["POST", "PUT"], _check),
        ("/file", ["POST"], _file),
        ("/tus", ["POST"], _tus),
        ("/s3", ["POST"], _s3),
        ("/status", ["GET"], _status),
    )
    return Starlette(
        routes=[
            Route(path, _handled(hooks, answer), methods=methods)
            for path, methods, answer in routes
        ]
    )


def _handled(hooks: Hooks, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            hooks.options.admit(request)
            response = await answer(hooks, request)
        except Refused as refused:
            response = refused.response
        except NoEvent as error:
            response = error_response(400, str(error))
        response.headers["Tidebreak-Gate"] = hooks.gate.status.line
        return response

    return handle


async def _upload(hooks: Hooks, request: Request) -> Response:
    """Judge a request as it is; end users see no difference between a refusal and a failure."""
    reference = os.urandom(5).hex()
    ruling = await _ruling(hooks, request, reference)
    if not ruling.passes:
        return Response(
            f"This content cannot be sent here. Reference: {reference}\n",
            hooks.options.status,
            {"Cache-Control": "no-store"},
            "text/plain",
        )
    # The application may have to act on a review: nothing else tells it of one.
    headers = {"Tidebreak-Screening": ruling.screening, "Tidebreak-Action": ruling.action or ""}
    following = request.headers.get("x-tidebreak-next", "")
    if _LOCATION.fullmatch(following):
        return Response(headers={**headers, "X-Accel-Redirect": f"@{following}"})
    return Response(status_code=204, headers=headers)


async def _check(hooks: Hooks, request: Request) -> Response:
    return told(await _ruling(hooks, request, request.headers.get("tidebreak-item", "")))


async def _file(hooks: Hooks, request: Request) -> Response:
    return told(await hooks.path(path_in(await _json(hooks, request))))


async def _tus(hooks: Hooks, request: Request) -> Response:
    return JSONResponse(await hooks.tus(tus_event(await _json(hooks, request))))


async def _s3(hooks: Hooks, request: Request) -> Response:
    """Judge what a notice names: 503 makes the store send it again, where it keeps its notices."""
    named = s3_objects(await _json(hooks, request))
    rulings = [await hooks.object(each) for each in named]
    again = any(ruling.outcome is Outcome.FAILURE for ruling in rulings)
    return JSONResponse(
        {
            "objects": [
                {"bucket": each.bucket, "key": each.key, **record(ruling)}
                for each, ruling in zip(named, rulings, strict=True)
            ]
        },
        503 if again else 200,
    )


async def _status(hooks: Hooks, _: Request) -> Response:
    status = hooks.gate.status
    return JSONResponse(status.record(), 503 if status.failing else 200)


async def _ruling(hooks: Hooks, request: Request, item: str) -> Ruling:
    with hooks.gate.spool() as content:
        fault = await hooks.taken(request.stream(), content, item)
        if fault is not None:
            return fault
        if not content.size:
            return Ruling(Outcome.PASS, "there is nothing in it", known=False)
        try:
            found = described(request.headers.items(), request.url.query)
        except Unreadable as error:
            return hooks.gate.untold(str(error), item)
        return await judge_body(hooks.gate, content, found, item)


async def _json(hooks: Hooks, request: Request) -> bytes:
    return await body_of(request, _JSON_BYTES, hooks.options.idle)


def told(ruling: Ruling) -> Response:
    """Return the answer to the operator's own program, which may know a refusal from a failure."""
    headers = {"Retry-After": f"{ruling.wait}"} if ruling.wait else {}
    return JSONResponse(record(ruling), _STATUS[ruling.outcome], headers)


def record(ruling: Ruling) -> dict[str, str | None]:
    """Return a ruling as JSON has it."""
    return {
        "decision": ruling.outcome.value,
        "action": ruling.action,
        "reason": ruling.why,
        "screening": ruling.screening or None,
        "list_version": ruling.version or None,
    }
