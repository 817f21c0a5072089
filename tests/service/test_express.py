from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from tests.service.service_helper import Running, signal

from tidebreak.access.roles import Role
from tidebreak.service.express import express


def asking(served, key: str, path: str = "/v1/match", **more):
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            headers = {"Authorization": f"Bearer {key}"}
            return await client.request(more.pop("method", "POST"), path, headers=headers, **more)

    return asyncio.run(ask())


class Counted:
    """The application, and how often it was asked the long way."""

    def __init__(self, app):
        self.app, self.asked = app, 0

    def __getattr__(self, name):
        return getattr(self.app, name)

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.app(scope, receive, send)


@pytest.fixture
def app(shared: Running):
    return Counted(shared.app)


def with_id(served):
    async def wrapped(scope, receive, send):
        scope["tidebreak.id"] = "id"
        await served(scope, receive, send)

    return wrapped


def test_what_is_mounted_is_asked_directly_by_its_own_paths():
    async def told(request: Request) -> Response:
        request.scope["tidebreak.route"] = "told"
        return PlainTextResponse(request.url_for("there").path)

    inner = Starlette(routes=[Route("/a", told, name="there")])
    framework = FastAPI()
    framework.router.routes.append(Mount("/below", app=inner))
    app = Counted(framework)
    short = express(app, [])
    answer = asking(short, "", "/below/a", method="GET")
    assert (answer.text, app.asked) == ("/below/a", 0)
    assert asking(short, "", "/below/b", method="GET").status_code == 404
    assert asking(short, "", "/belowa", method="GET").status_code == 404
    assert app.asked == 1


def test_busy_routes_do_without_the_framework_and_answer_the_same(shared: Running, app):
    key = shared.key(Role.PLATFORM)
    short = with_id(express(app, ["/v1/match"]))
    body = {"items": [[signal(1)], [signal(99)]]}
    answer = asking(short, key, json=body)
    assert app.asked == 0
    long = asking(with_id(app), key, json=body)
    assert app.asked == 1
    assert (answer.status_code, answer.json()) == (200, long.json())


@pytest.mark.parametrize(
    ("key", "content", "status"), [("", "{}", 401), ("own", "{}", 422), ("own", "no json", 422)]
)
def test_its_rule_holds_and_errors_are_problems(shared: Running, app, key, content, status):
    own = shared.key(Role.PLATFORM) if key else ""
    headers = {"content-type": "application/json"}
    request = httpx.Request("POST", "http://here", headers=headers, content=content)
    answer = asking(with_id(express(app, ["/v1/match"])), own, content=request.content)
    assert answer.status_code == status
    assert json.loads(answer.text)["status"] == status
    assert app.asked == 0


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/match"), ("GET", "/healthz")])
def test_everything_else_goes_the_usual_way(shared: Running, app, method, path):
    served = with_id(express(app, ["/v1/match", "/healthz"]))
    asking(served, "", path, method=method)
    assert app.asked == (path == "/v1/match")
