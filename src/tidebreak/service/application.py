"""The application: every route, behind one envelope, with nothing that a framework adds unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from tidebreak.access.roles import Permission
from tidebreak.service import shown
from tidebreak.service.envelope import Envelope
from tidebreak.service.express import express
from tidebreak.service.openapi import describe
from tidebreak.service.pages import pages
from tidebreak.service.parts import Parts
from tidebreak.service.problems import Problem
from tidebreak.service.proxies import Proxies
from tidebreak.service.routes import (
    accounts,
    audit,
    entries,
    lists,
    observations,
    oidc,
    policy,
    screening,
    sessions,
    status,
    verdicts,
    webhooks,
)
from tidebreak.service.routing import Guarded, route

if TYPE_CHECKING:
    from tidebreak.gates.hma.hma import Hma

_BUSY = ("/v1/match", "/v1/screen", "/v1/hash")

_MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
}


def application(parts: Parts) -> FastAPI:
    """Return the application over ``parts``, which stay the caller's to close."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.parts = parts
    app.router.routes.clear()
    app.router.routes.extend(_routes(parts))
    if parts.hma is not None:
        app.router.routes.append(_facade(parts.hma))
    app.add_exception_handler(HTTPException, _framework_problem)
    return app


def enveloped(app: FastAPI, *, quiet: bool = False) -> ASGIApp:
    """Return ``app`` as it is served; ``quiet`` leaves out the log."""
    parts: Parts = app.state.parts
    proxies = Proxies(parts.config.listen.proxies)
    return Envelope(express(app, _BUSY), parts.metrics.request, proxies=proxies, quiet=quiet)


def _routes(parts: Parts) -> Sequence[Guarded]:
    intake = parts.config.intake
    return [
        *screening.routes(intake.upload_bytes, intake.batch_bytes),
        *lists.routes(intake.upload_bytes),
        *entries.routes(),
        *observations.routes(),
        *verdicts.routes(),
        *webhooks.routes(),
        *policy.routes(),
        *audit.routes(),
        *sessions.routes(),
        *accounts.routes(),
        *oidc.routes(),
        *status.routes(),
        *pages.routes(),
        route("GET", "/v1/openapi.json", Permission.STATUS, _description, reads=True),
    ]


def _facade(hma: Hma) -> Mount:
    """Return HMA's paths below ``/hma``, which ask for keys themselves."""
    from tidebreak.gates.hma.application import application as facade

    inner = facade(hma)

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        scope["tidebreak.route"] = "/hma"
        await inner(scope, receive, send)

    return Mount("/hma", app=named)


async def _description(request: Request) -> Response:
    """Return this description."""
    return shown.answer(describe(request.app))


async def _framework_problem(request: Request, error: Exception) -> Response:
    """Say what the framework's router refuses as everything else is said."""
    assert isinstance(error, HTTPException)
    detail = _MESSAGES.get(error.status_code, "This request cannot be taken as it stands.")
    status = error.status_code if error.status_code in (404, 405) else 400
    problem = Problem(status, detail, headers=error.headers)
    return problem.said.response(request.scope["tidebreak.id"])
