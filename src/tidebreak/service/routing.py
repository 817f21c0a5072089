"""How a route is declared: with the permission that it needs, or the word PUBLIC, never without.

Whoever asks is admitted before anything else of a request is read; its body is bounded in size
and time; whatever fails becomes a problem. Handlers get on with their one job.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from tidebreak.access.roles import Permission, Principal
from tidebreak.screening.ids import is_id
from tidebreak.service.admission import admitted
from tidebreak.service.intake import Bounded, Bounds, check_whole, drain, media_type
from tidebreak.service.logs import unforeseen
from tidebreak.service.parts import Parts
from tidebreak.service.problems import Problem, faults_of, invalid, said_of

KEY_HEADER = "idempotency-key"

JSON_BYTES = 1 << 20
"""Largest body of a route that does not say otherwise."""


class Open(Enum):
    """Whom a route answers that needs no permission."""

    PUBLIC = "public"


PUBLIC: Final = Open.PUBLIC

NOBODY = Principal("", "", frozenset())
"""Who asks a public route."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way: who asks, by which id, and whoever does the work."""

    parts: Parts
    caller: Principal
    id: str
    key: str = ""
    """Its ``Idempotency-Key``."""

    @property
    def actor(self) -> str:
        """What the audit log calls who asks."""
        return self.caller.actor

    def charge(self, count: int) -> None:
        """Count look-ups; raises `OverLimit` above the quota."""
        self.parts.gatekeeper.charge(self.caller, count)

    def need(self, permission: Permission) -> None:
        """Refuse who may not do this, too."""
        if not self.caller.may(permission):
            raise Problem(403, f"This needs the permission '{permission.value}'.")


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked of a request before its handler sees it.

    ``reads``: the handler reads the body itself; else it is read and, with an
    ``Idempotency-Key``, answered ``once``. ``most`` bytes of JSON are taken, and ``upload`` bytes
    of anything else.
    """

    needs: Permission | Open
    reads: bool = False
    once: bool = False
    most: int = JSON_BYTES
    upload: int = 0


class Guarded(APIRoute):
    """A route with its rule."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, rule: Rule, **more: Any) -> None:
        self.rule = rule
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        """Return the handler behind its rule."""
        known = self._parameters()
        # What reads the request itself needs nothing of the framework's: that costs time.
        inner: Handler = self.endpoint if self.rule.reads else super().get_route_handler()
        rule, path = self.rule, self.path_format

        async def handle(request: Request) -> Response:
            request.scope["tidebreak.route"] = path
            try:
                return await _guarded(request, rule, known, inner)
            except RequestValidationError as error:
                said = invalid(faults_of(error.errors())).said
            except ClientDisconnect:
                said = Problem(400, "The request ended before it was whole.").said
            except Exception as error:
                said = said_of(error)
                unforeseen(error, request.scope["tidebreak.id"], said.status)
            await drain(request)
            return said.response(request.scope["tidebreak.id"])

        return handle

    def _parameters(self) -> frozenset[str]:
        described = (self.openapi_extra or {}).get("parameters", ())
        return frozenset({
            *(one.alias for one in self.dependant.query_params),
            *(one["name"] for one in described),
        })  # fmt: skip


async def _guarded(request: Request, rule: Rule, known: frozenset[str], inner: Handler) -> Response:
    parts: Parts = request.app.state.parts
    caller = NOBODY if rule.needs is PUBLIC else await admitted(request, parts.gatekeeper)
    request.scope["tidebreak.client"] = caller.id
    if isinstance(rule.needs, Permission) and not caller.may(rule.needs):
        raise Problem(403, f"This needs the permission '{rule.needs.value}'.")
    if rule.needs is not PUBLIC and not known.issuperset(request.query_params):
        # A filter that is not known would choose nothing out, and the first answer be believed.
        there = ", ".join(sorted(known)) or "none"
        raise Problem(422, f"There is a parameter that is not known; known here: {there}.")
    check_whole(request.headers, upload=rule.upload > 0)
    key = _key(request)
    call = Call(parts, caller, request.scope["tidebreak.id"], key)
    request.scope["tidebreak.call"] = call
    intake = parts.config.intake
    if caller.person and isinstance(rule.needs, Permission) and rule.needs in _LOOKING:
        await anyio.to_thread.run_sync(_note, call, rule.needs, request)
    with parts.budget.share() as share:
        most = rule.most if media_type(request) == "application/json" else rule.upload
        bounds = Bounds.of(intake, most or rule.most, share)
        bounded = Bounded(request.receive, request.headers, bounds)
        request.scope["tidebreak.bounded"] = bounded
        held = Request(request.scope, bounded)
        if rule.reads:
            return await inner(held)
        body = await held.body()
        if rule.once and key:
            return await parts.once.answer(call, request.url.path, body, lambda: inner(held))
        return await inner(held)


_LOOKING = frozenset({
    Permission.HASH, Permission.MATCH, Permission.SCREEN, Permission.LISTS_READ,
    Permission.OBSERVATIONS_READ, Permission.VERDICTS_READ,
})  # fmt: skip


def _note(call: Call, needs: Permission, request: Request) -> None:
    """Write down that a person looks something up, before they see it: no look-up without that."""
    id = str(request.path_params.get("id", ""))
    detail = {"id": id} if is_id(id) else {}
    where = str(request.scope["tidebreak.route"])
    call.parts.opened.audit.append(f"look.{needs.value}", call.actor, where, detail)


def _key(request: Request) -> str:
    key = request.headers.get(KEY_HEADER, "")
    if len(key) > 255 or not key.isprintable():
        raise Problem(422, "An Idempotency-Key has at most 255 printable characters.")
    return key


def call_of(request: Request) -> Call:
    """Return what is known of a request, for handlers."""
    return request.scope["tidebreak.call"]


Asked = Annotated[Call, Depends(call_of)]
"""What handlers take to know who asks."""


def route(
    method: str,
    path: str,
    needs: Permission | Open,
    handler: Callable[..., Any],
    *,
    answers: type[BaseModel] | None = None,
    status: int = 200,
    reads: bool = False,
    once: bool = False,
    most: int = JSON_BYTES,
    upload: int = 0,
    body: Mapping[str, Any] | None = None,
    query: Sequence[Mapping[str, Any]] = (),
) -> Guarded:
    """Return a route: the one way to declare any.

    ``answers`` is the form of its answer; ``body`` and ``query`` are how OpenAPI writes what a
    handler ``reads`` itself.
    """
    extra: dict[str, Any] = {"x-permission": needs.value}
    if needs is PUBLIC:
        extra["security"] = []
    if body is not None:
        extra["requestBody"] = {"required": True, "content": body}
    if query:
        extra["parameters"] = list(query)
    return Guarded(
        path,
        handler,
        rule=Rule(needs, reads, once, most, upload),
        methods=[method],
        response_model=answers,
        status_code=status,
        response_class=Response if answers is None else JSONResponse,
        openapi_extra=extra,
        tags=[path.split("/")[2] if path.startswith("/v1/") else "service"],
    )
