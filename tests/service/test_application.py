from __future__ import annotations

import itertools

import pytest
from fastapi.routing import APIRoute
from tests.service.service_helper import Running, signal

from tidebreak.access.roles import GRANTS, Permission, Role
from tidebreak.service.routing import PUBLIC, Guarded

OPEN = {
    ("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/v1/session"), ("GET", "/"),
    ("GET", "/pages/page.js"), ("GET", "/pages/page.css"), ("POST", "/v1/set-up"),
    ("POST", "/v1/set-up/finish"), ("GET", "/v1/session/oidc"), ("GET", "/v1/session/return"),
}  # fmt: skip
"""All that anybody may ask without a key."""


def guarded(service: Running) -> list[Guarded]:
    found = service.app.routes
    assert all(type(one) is Guarded for one in found), "a route that is not guarded"
    return [one for one in found if isinstance(one, Guarded)]


def method_of(one: APIRoute) -> str:
    (method,) = one.methods
    return method


def path_of(one: APIRoute) -> str:
    return one.path.replace("{number}", "1").replace("{name}", "x").replace("{id}", "x")


def test_there_is_no_route_without_a_permission(shared: Running):
    for one in guarded(shared):
        assert isinstance(one.rule.needs, Permission) or one.rule.needs is PUBLIC
    assert {(method_of(o), o.path) for o in guarded(shared) if o.rule.needs is PUBLIC} <= OPEN


def test_a_route_cannot_be_made_without_a_rule():
    with pytest.raises(TypeError, match="rule"):
        Guarded("/x", lambda: None)  # type: ignore[call-arg]


def test_every_permission_that_is_granted_opens_something_or_shows_something(shared: Running):
    used = {one.rule.needs for one in guarded(shared)}
    assert set(Permission) - used == {
        Permission.FETCH, Permission.DISTANCES, Permission.ACCESS
    }  # these change what a route does, or are for the command line  # fmt: skip


def test_whoever_has_no_key_is_told_nothing_else(shared: Running):
    for one in guarded(shared):
        answer = shared.send(method_of(one), path_of(one), key="")
        if one.rule.needs is PUBLIC:
            assert answer.status_code not in (401, 403), one.path
        else:
            assert answer.status_code == 401, one.path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"


def test_every_role_may_do_what_it_is_granted_and_nothing_else(shared: Running):
    for role, one in itertools.product(Role, guarded(shared)):
        if one.rule.needs is PUBLIC:
            continue
        answer = shared.send(method_of(one), path_of(one), key=shared.key(role), content=b"{}",
                             headers={"Content-Type": "application/json"})  # fmt: skip
        if one.rule.needs in GRANTS[role]:
            assert answer.status_code not in (401, 403), (role, one.path, answer.text)
        else:
            assert answer.status_code == 403, (role, one.path)
            assert answer.json()["detail"].endswith(f"'{one.rule.needs.value}'.")


def test_a_key_may_be_narrowed_to_one_thing(shared: Running):
    key = shared.key(Role.PLATFORM, only=frozenset({Permission.MATCH}))
    assert shared.send("POST", "/v1/screen", key=key, content=b"x").status_code == 403
    answer = shared.send("POST", "/v1/match", key=key, json={"items": [[signal(1)]]})
    assert answer.status_code == 200


def test_a_revoked_key_is_out(service: Running):
    key = service.key(Role.PLATFORM)
    assert service.send("GET", "/v1/status", key=key).status_code == 200
    service.access.keys.revoke("platform", "test", "over")
    service.parts.gatekeeper.refresh()
    assert service.send("GET", "/v1/status", key=key).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/v1/lists/", 404, "not-found"),
        ("PUT", "/v1/match", 405, "method"),
        ("OPTIONS", "/v1/match", 405, "method"),
        ("GET", "/docs", 404, "not-found"),
        ("GET", "/openapi.json", 404, "not-found"),
    ],
)
def test_what_the_router_refuses_is_a_problem_too(
    shared: Running, method: str, path: str, status: int, name: str
):
    answer = shared.send(method, path)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["type"] == f"urn:tidebreak:problem:{name}"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert path not in answer.text
    if status == 405:
        assert answer.headers["allow"] == "POST"


def test_other_pages_may_not_read_answers(shared: Running):
    answer = shared.send("GET", "/v1/status", headers={"Origin": "https://elsewhere.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
