from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Callable

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.seal.sealed_helper import digest, signal_of

from tidebreak.errors import Damaged
from tidebreak.seal.inputs import inputs_of
from tidebreak.seal.online import server, wire
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import BATCH, Limits
from tidebreak.seal.online.server import application
from tidebreak.seal.online.service import Service
from tidebreak.seal.online.token import Token
from tidebreak.seal.oprf.suite import ELEMENT
from tidebreak.seal.oprf.voprf import blind, elements_of, finalise_proven

Send = Callable[..., httpx.Response]
Content = bytes | AsyncIterable[bytes]


@pytest.fixture
def token(service: Service) -> Token:
    return service.operators.add("one", Limits(per_day=10_000))


@pytest.fixture
def send(service: Service, token: Token) -> Send:
    transport = httpx.ASGITransport(application(service))
    bearer = {"Authorization": f"Bearer {token.bearer}".encode()}

    def do(method: str, path: str, content: Content = b"", **headers: str) -> httpx.Response:
        given = {**bearer, **{name: value.encode("latin-1") for name, value in headers.items()}}

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                return await client.request(method, path, content=content, headers=given)

        return anyio.run(ask)

    return do


def test_evaluate_and_confirm(send: Send, keys: SealKeys):
    blinded = blind([one for n in (1, 99) for one in inputs_of([signal_of(n)])])
    answer = send("POST", wire.EVALUATE, blinded.elements.tobytes())
    assert answer.status_code == 200
    values = finalise_proven(
        blinded, elements_of(answer.content[:64]), answer.content[64:], keys.public
    )
    assert values is not None
    confirmed = send("POST", wire.CONFIRM, b"".join(value[:16] for value in values))
    assert confirmed.content == b"\2\0"
    assert confirmed.headers[wire.VERSION] == answer.headers[wire.VERSION]


def test_a_set_is_sent_once(send: Send, service: Service):
    first = send("GET", wire.SET)
    assert first.headers["etag"] == f'"{service.known.version}"'
    again = send("GET", wire.SET, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert send("GET", wire.SET, **{"If-None-Match": '"old"'}).content == first.content


def test_the_status_has_limits_and_version(send: Send, service: Service):
    answer = send("GET", wire.STATUS)
    assert answer.json()["per_day"] == 10_000
    assert answer.headers[wire.VERSION] == service.known.version


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic abcd2345.AAAA", "Bearer abcd2345." + "A" * 43, "Bearer \xff"],
)
@pytest.mark.parametrize("path", [wire.SET, wire.STATUS])
def test_nobody_else_is_answered(send: Send, header: str, path: str):
    answer = send("GET", path, Authorization=header)
    assert answer.status_code == 401
    assert wire.VERSION not in answer.headers


def test_a_revoked_token_is_refused_at_once(send: Send, service: Service):
    assert send("GET", wire.STATUS).status_code == 200
    service.operators.revoke("one", "test")
    assert send("POST", wire.CONFIRM, bytes(16)).status_code == 401


def test_too_much_is_refused_before_it_is_read(send: Send):
    assert send("POST", wire.EVALUATE, bytes(BATCH * ELEMENT + 1)).status_code == 413
    assert send("POST", wire.CONFIRM, bytes(BATCH * 16 + 1)).status_code == 413
    assert send("GET", wire.STATUS, b"x").status_code == 413


def test_a_slow_request_ends(send: Send, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_BODY_SECONDS", 0.05)

    async def slowly() -> AsyncIterable[bytes]:
        yield bytes(5)
        await anyio.sleep(20)

    assert send("POST", wire.EVALUATE, slowly()).status_code == 408


def test_over_the_quota_the_client_is_told_when_to_come_back(send: Send, service: Service):
    (one,) = service.operators.everyone()
    for _ in range(10):
        service.operators.charge(one, 1000)
    answer = send("POST", wire.EVALUATE, blind([b"x"]).elements.tobytes())
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 86400
    assert "quota" in answer.json()["error"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([wire.EVALUATE, wire.CONFIRM]),
    body=st.one_of(st.binary(max_size=200), st.integers(1, 5).map(lambda n: bytes(32 * n)),
                   st.integers(1, 5).map(lambda n: b"\xff" * 32 * n)),
)  # fmt: skip
def test_any_body_is_answered_or_refused(send: Send, path: str, body: bytes):
    answer = send("POST", path, body)
    if answer.status_code == 200:
        assert path == wire.CONFIRM
        assert answer.content == bytes(len(body) // 16)
    else:
        assert answer.status_code == 400
        assert wire.VERSION not in answer.headers


def test_wrong_methods_and_paths_are_errors(send: Send):
    assert send("GET", wire.EVALUATE).status_code == 405
    assert send("GET", "/v1/other").status_code == 404


def test_what_nobody_foresaw_is_an_error_and_shows_nothing(
    send: Send, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError(digest(1))

    monkeypatch.setattr(service, "confirm", fail)
    with caplog.at_level(logging.DEBUG):
        answer = send("POST", wire.CONFIRM, bytes(16))
    assert answer.status_code == 500
    assert digest(1) not in answer.text + caplog.text


def test_lists_that_cannot_be_read_are_an_error_never_a_no(send: Send, service: Service):
    service._known = None
    for method, path, body in (
        ("POST", wire.CONFIRM, bytes(16)),
        ("POST", wire.EVALUATE, blind([b"x"]).elements.tobytes()),
        ("GET", wire.SET, b""),
        ("GET", wire.STATUS, b""),
    ):
        assert send(method, path, body).status_code == 503


def test_the_lists_are_followed_while_it_runs(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_FOLLOW_SECONDS", 0.001)
    followed: list[int] = []

    def follow() -> None:
        followed.append(1)
        if len(followed) == 2:
            raise Damaged("a failure is no end")

    monkeypatch.setattr(service, "follow", follow)

    async def run() -> None:
        async with application(service).router.lifespan_context(None):
            while len(followed) < 4:
                await anyio.sleep(0.001)

    anyio.run(run)
    assert len(followed) >= 4


def test_nothing_of_a_request_is_logged(send: Send, caplog: pytest.LogCaptureFixture):
    blinded = blind(list(inputs_of([signal_of(1)])))
    with caplog.at_level(logging.DEBUG):
        send("POST", wire.EVALUATE, blinded.elements.tobytes())
    own = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [r for r in own if blinded.elements.tobytes().hex() in r.getMessage()]
    assert not [r for r in own if r.name.startswith("tidebreak")]
