from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from tests.service.service_helper import Running

from tidebreak.access.roles import Permission, Principal
from tidebreak.service.problems import Problem
from tidebreak.service.routing import NOBODY, PUBLIC, Asked, Call, Guarded, Rule, route


def test_nobody_may_do_anything():
    assert not any(NOBODY.may(permission) for permission in Permission)


def test_a_rule_says_what_a_route_needs():
    async def handler(call: Asked) -> Response:
        """Say nothing."""
        return Response()

    one = route("GET", "/v1/things", Permission.STATUS, handler)
    assert one.rule == Rule(Permission.STATUS)
    assert one.tags == ["things"]
    assert one.openapi_extra == {"x-permission": "status"}
    assert route("GET", "/x", PUBLIC, handler).openapi_extra["security"] == []  # type: ignore[index]


def test_a_route_that_the_framework_adds_by_itself_is_seen(shared: Running):
    # What test_application looks for would be found: FastAPI adds such routes unless it is told.
    assert any(type(one) is not Guarded for one in FastAPI().routes)


def test_a_call_asks_for_more_where_it_needs_more(shared: Running):
    caller = Principal("key:1", "k", frozenset({Permission.SCREEN}))
    call = Call(shared.parts, caller, "id")
    call.need(Permission.SCREEN)
    with pytest.raises(Problem) as raised:
        call.need(Permission.FETCH)
    assert raised.value.said.status == 403
    assert call.actor == "key k"


@pytest.mark.parametrize("key", ["x" * 256, "a\tb", "a\x7f"])
def test_names_of_requests_are_short_and_plain(shared: Running, key: str):
    answer = shared.send("POST", "/v1/screen", content=b"x", headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    fine = shared.send("POST", "/v1/screen", content=b"x", headers={"Idempotency-Key": "x" * 255})
    assert fine.status_code == 200
