from __future__ import annotations

import time

import pytest
from tests.access.provider import ISSUER, FakeProvider, known_key
from tests.service.service_helper import Running

from tidebreak.access.oidc import STATE_COOKIE, Oidc
from tidebreak.access.oidc_provider import Provider
from tidebreak.access.oidc_settings import OidcSettings
from tidebreak.access.roles import Role
from tidebreak.access.sessions import COOKIE

SETTINGS = OidcSettings(ISSUER, "tidebreak", "https://service/v1/session/return",
                        {"analysts": frozenset({Role.ANALYST})}, "s3cret")  # fmt: skip


class Now:
    """The clock that the provider and the service both go by."""

    @property
    def now(self) -> float:
        return time.time()


@pytest.fixture
def fake(service: Running) -> FakeProvider:
    fake = FakeProvider(Now(), known_key("one"))
    made = Oidc(service.access.ledger, SETTINGS, Provider(SETTINGS, fake.client))
    object.__setattr__(service.parts, "oidc", made)
    return fake


def come_back(service: Running, answer: dict[str, str], state: str):
    cookie = {"Cookie": f"{STATE_COOKIE}={state}"}
    return service.send("GET", "/v1/session/return", key="", params=answer, headers=cookie)


def test_somebody_goes_to_the_provider_and_comes_back(service: Running, fake: FakeProvider):
    sent = service.send("GET", "/v1/session/oidc", key="")
    assert sent.status_code == 303
    state = sent.cookies[STATE_COOKIE]
    for word in ("HttpOnly", "Secure", "SameSite=Lax"):
        assert word in sent.headers["set-cookie"]
    answer = come_back(service, fake.visit(sent.headers["location"]), state)
    assert answer.status_code == 200, answer.text
    assert 'url=/"' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    cookies = answer.headers.get_list("set-cookie")
    assert f"{STATE_COOKIE}=;" in cookies[1]
    assert "SameSite=Strict" in cookies[0]
    cookie = {"Cookie": cookies[0].partition(";")[0]}
    assert COOKIE in cookie["Cookie"]
    assert service.send("GET", "/v1/session", key="", headers=cookie).json()["name"] == "ann"


def test_another_browser_or_provider_gets_nothing(service: Running, fake: FakeProvider):
    sent = service.send("GET", "/v1/session/oidc", key="")
    back = fake.visit(sent.headers["location"])
    for answer in (come_back(service, back, "other"), come_back(service, {}, ""),
                   come_back(service, {**back, "iss": "https://evil.example"},
                             sent.cookies[STATE_COOKIE])):  # fmt: skip
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert back["code"] not in answer.text
    long = come_back(service, {"code": "x" * 5000}, "")
    assert long.status_code == 400


def test_a_provider_that_is_down_is_no_door(service: Running, fake: FakeProvider):
    fake.down = True
    assert service.send("GET", "/v1/session/oidc", key="").status_code == 503


def test_without_a_provider_there_is_none(shared: Running):
    for path in ("/v1/session/oidc", "/v1/session/return"):
        assert shared.send("GET", path, key="").status_code == 404
