"""The HTTP face of the service (`tidebreak.seal.online.wire`): admit, bound, answer, never log.

Nothing of a request is ever written anywhere but in the counts of its operator.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tidebreak.errors import OverLimit, TidebreakError, UsageError
from tidebreak.seal.online import wire
from tidebreak.seal.online.limits import BATCH
from tidebreak.seal.online.operators import Operator
from tidebreak.seal.online.service import Service
from tidebreak.seal.online.token import parse_bearer
from tidebreak.seal.oprf.suite import ELEMENT
from tidebreak.signals import SEAL_SIZE
from tidebreak.web.requests import Refused, bearer_of, body_of, error_response

_BODY_SECONDS = 10.0
_FOLLOW_SECONDS = 1.0

_Answer = Callable[[Service, Operator, bytes, str], Response]
_Handler = Callable[[Request], Awaitable[Response]]


def application(service: Service) -> Starlette:
    """Return the application that answers by ``service``."""
    return Starlette(
        routes=[
            _route(service, wire.SET, "GET", 0, _set),
            _route(service, wire.STATUS, "GET", 0, _status),
            _route(service, wire.EVALUATE, "POST", BATCH * ELEMENT, _evaluate),
            _route(service, wire.CONFIRM, "POST", BATCH * SEAL_SIZE, _confirm),
        ],
        lifespan=lambda _: _following(service),
    )


def _route(service: Service, path: str, method: str, most: int, answer: _Answer) -> Route:
    async def handle(request: Request) -> Response:
        try:
            body = await body_of(request, most, _BODY_SECONDS)
            # A thread: kernels and libsodium let others run, and other requests stay alive.
            return await anyio.to_thread.run_sync(_answered, service, request, body, answer)
        except Refused as refused:
            return refused.response
        except OverLimit as over:
            return error_response(429, str(over), {"Retry-After": str(int(over.wait) + 1)})
        except UsageError as error:
            return error_response(400, str(error))
        except TidebreakError as error:
            return error_response(503, str(error))

    return Route(path, _plain(handle), methods=[method])


def _plain(
    handle: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Let what nobody foresaw be an error, too, and its text be seen by nobody."""

    async def guarded(request: Request) -> Response:
        try:
            return await handle(request)
        except Exception:
            return error_response(500, "The server failed; try again, and tell who runs it.")

    return guarded


def _answered(service: Service, request: Request, body: bytes, answer: _Answer) -> Response:
    operator = _admitted(service, request)
    return answer(service, operator, body, request.headers.get("if-none-match", "").strip('"'))


def _admitted(service: Service, request: Request) -> Operator:
    parsed = parse_bearer(bearer_of(request))
    operator = service.operators.admitted(*parsed) if parsed else None
    if operator is None:
        why = "The token is missing, unknown, expired or revoked; ask for another one."
        raise Refused(401, why, {"WWW-Authenticate": "Bearer"})
    return operator


def _set(service: Service, operator: Operator, _body: bytes, version: str) -> Response:
    newest = service.known.version
    if version == newest:
        return Response(status_code=304, headers={"ETag": f'"{newest}"', wire.VERSION: newest})
    content, newest = service.set_of(operator)
    headers = {"ETag": f'"{newest}"', wire.VERSION: newest}
    return Response(content, media_type=wire.BINARY, headers=headers)


def _status(service: Service, operator: Operator, _body: bytes, _version: str) -> Response:
    content, version = service.status_of(operator)
    return JSONResponse(content, headers={wire.VERSION: version})


def _evaluate(service: Service, operator: Operator, body: bytes, _version: str) -> Response:
    content, version = service.evaluate(operator, body)
    return Response(content, media_type=wire.BINARY, headers={wire.VERSION: version})


def _confirm(service: Service, operator: Operator, body: bytes, _version: str) -> Response:
    content, version = service.confirm(operator, body)
    return Response(content, media_type=wire.BINARY, headers={wire.VERSION: version})


@contextlib.asynccontextmanager
async def _following(service: Service) -> AsyncGenerator[None]:
    task = asyncio.create_task(_follow(service))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _follow(service: Service) -> None:
    while True:
        await asyncio.sleep(_FOLLOW_SECONDS)
        # A failure shows in every answer until it is mended; the next round tries again.
        with contextlib.suppress(Exception):
            await anyio.to_thread.run_sync(service.follow)
