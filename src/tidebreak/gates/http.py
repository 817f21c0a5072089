"""The gate as an HTTP service: for a proxy in front of a tracker, and for index sites.

==========  ===========================================================================
``/auth``   for nginx's ``auth_request``: 204 lets a request to a tracker pass, 403 does not
``/check``  POST a torrent, or links one per line: JSON that says allow, refuse or hold
``/status`` how the gate is doing; 503 while it has no answers
==========  ===========================================================================

Every answer has ``Tidebreak-Gate``: whether answers come, and what the policy is. Who may ask could
find out what is known, so the service is for its operator's own machines: on loopback, or with a
token. Nothing that is asked is logged.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tidebreak.errors import BadLink
from tidebreak.gates.allowing import allow
from tidebreak.gates.announces import infohashes
from tidebreak.gates.gate import MOST_BYTES
from tidebreak.gates.policy import Decision
from tidebreak.gates.queue import Queue
from tidebreak.gates.trackers import Allowed
from tidebreak.web.requests import Refused, bearer_of, body_of

MOST_LINKS = 1000
_MOST_NAMED = 1000
_BODY_SECONDS = 30.0
_METALINK = "application/metalink4+xml"
_TORRENTS = ("application/x-bittorrent", "application/octet-stream", _METALINK)

_Handler = Callable[[Request], Awaitable[Response]]


def application(queue: Queue, token: str = "", allowed: Allowed | None = None) -> Starlette:
    """Return the service; with ``allowed``, torrents that `/check` lets pass are allowed there."""
    routes = (
        ("/auth", "GET", _auth),
        ("/check", "POST", _check),
        ("/status", "GET", _status),
    )
    answers = _Answers(queue, hashlib.sha256(token.encode()).digest() if token else b"", allowed)
    return Starlette(
        routes=[
            Route(path, answers.by(answer), methods=[method]) for path, method, answer in routes
        ]
    )


class _Answers:
    """What all routes share."""

    def __init__(self, queue: Queue, token: bytes, allowed: Allowed | None) -> None:
        self.queue, self.allowed = queue, allowed
        self._token = token

    def by(self, answer: Callable[[_Answers, Request], Awaitable[Response]]) -> _Handler:
        async def handle(request: Request) -> Response:
            try:
                self._admit(request)
                response = await answer(self, request)
            except Refused as refused:
                response = refused.response
            response.headers["Tidebreak-Gate"] = self.queue.gate.status.header
            return response

        return handle

    def _admit(self, request: Request) -> None:
        if not self._token:
            return
        digest = hashlib.sha256(bearer_of(request).encode()).digest()
        if not hmac.compare_digest(digest, self._token):
            raise Refused(401, "Send the gate's token: Authorization: Bearer TOKEN")


async def _auth(answers: _Answers, request: Request) -> Response:
    address = request.headers.get("x-original-uri")
    if address is None:
        raise Refused(403, "X-Original-URI is missing: nginx sets it with proxy_set_header.")
    try:
        named = infohashes(address)
    except BadLink as error:
        raise Refused(403, str(error)) from None
    passes = await answers.queue.passes(named)
    return Response(status_code=204 if passes else 403)


async def _check(answers: _Answers, request: Request) -> Response:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await body_of(request, MOST_BYTES, _BODY_SECONDS)
    gate = answers.queue.gate
    if kind == "text/plain":
        texts = [line for line in body.decode("utf-8", "replace").split("\n") if line.strip()]
        if len(texts) > MOST_LINKS:
            raise Refused(413, f"Send at most {MOST_LINKS} links at once.")
        decisions = await answers.queue.check(lambda: gate.judge_links(texts))
        for number, decision in enumerate(decisions, 1):
            if decision.known:
                gate.tell_of(decision, f"link {number} of {len(texts)}")
        return JSONResponse({"decisions": [record(each) for each in decisions]})
    if kind not in _TORRENTS:
        raise Refused(415, f"Send a torrent as {_TORRENTS[0]}, or links as text/plain.")
    decision = await answers.queue.check(lambda: _checked(answers, body, kind))
    return JSONResponse(record(decision))


def _checked(answers: _Answers, body: bytes, kind: str) -> Decision:
    gate = answers.queue.gate
    if answers.allowed is None or kind == _METALINK:  # no tracker serves that
        return gate.judge_metainfo(body)[0]
    return allow(gate, answers.allowed, body)


async def _status(answers: _Answers, request: Request) -> Response:
    status = answers.queue.gate.status
    return JSONResponse(status.record(), 503 if status.failing else 200)


def record(decision: Decision) -> dict[str, Any]:
    """Return a decision as `/check` states it."""
    told: dict[str, Any] = {
        "decision": decision.action.value,
        "known": decision.known,
        "reason": decision.why,
        "list_version": decision.version or None,
        "could_not_be_judged": [
            {"file": each.number, "path": each.path, "why": each.why}
            for each in decision.unjudged[:_MOST_NAMED]
        ],
    }
    if len(decision.unjudged) > _MOST_NAMED:
        told["could_not_be_judged_besides"] = len(decision.unjudged) - _MOST_NAMED
    return told
