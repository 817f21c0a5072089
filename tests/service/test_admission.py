from __future__ import annotations

import anyio
import pytest
from starlette.requests import Request
from tests.service.service_helper import Running

from tidebreak.access.roles import Principal, Role
from tidebreak.service.admission import address_of, admitted
from tidebreak.service.problems import Problem


def request(client: str | None = "192.0.2.7", method: str = "GET", **headers: str) -> Request:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    where = (client, 1) if client else None
    return Request({"type": "http", "method": method, "headers": raw, "client": where})


def admit(service: Running, asked: Request) -> Principal:
    return anyio.run(admitted, asked, service.parts.gatekeeper)


def test_a_key_says_who_asks(shared: Running):
    key = shared.key(Role.PLATFORM)
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert admit(shared, request(authorization=f"{scheme} {key}")).name == "platform"


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer x", "Basic dTpw", "Bearer tb_a_b", "Bearer \xff"]
)
def test_nobody_else_comes_in(shared: Running, authorization: str):
    with pytest.raises(Problem) as raised:
        admit(shared, request(authorization=authorization))
    assert raised.value.said.status == 401


def test_a_key_of_another_network_is_none(shared: Running):
    key = shared.key(Role.ANALYST, networks=("198.51.100.0/24",))
    header = f"Bearer {key}"
    assert admit(shared, request("198.51.100.9", authorization=header))
    for elsewhere in ("192.0.2.7", None):
        with pytest.raises(Problem):
            admit(shared, request(elsewhere, authorization=header))


def test_the_address_is_the_connection_s(shared: Running):
    assert address_of(request("192.0.2.7", **{"x-forwarded-for": "198.51.100.9"})) == "192.0.2.7"
    assert address_of(request(None)) == ""


def test_a_bad_key_is_not_helped_by_a_good_cookie(shared: Running):
    with pytest.raises(Problem):
        admit(shared, request(authorization="Bearer x", cookie="__Host-tidebreak=y"))
