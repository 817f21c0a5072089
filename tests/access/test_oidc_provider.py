from __future__ import annotations

import httpx
import pytest
from tests.access.provider import ISSUER, FakeProvider, known_key

from tidebreak.access.entrance import Denied
from tidebreak.access.oidc_provider import Provider
from tidebreak.access.oidc_settings import OidcSettings
from tidebreak.access.roles import Role
from tidebreak.errors import CannotAsk

SETTINGS = OidcSettings(ISSUER, "tidebreak", "https://tb.example/return",
                        {"a": frozenset({Role.ANALYST})}, "s3cret")  # fmt: skip


def provider(answer, clock) -> Provider:
    return Provider(SETTINGS, httpx.Client(transport=httpx.MockTransport(answer)), clock)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://id.example/other"},
        {"issuer": None},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": ""},
    ],
)
def test_a_configuration_that_is_not_its_own_is_refused(clock, change):
    fake = FakeProvider(clock, known_key("one"))
    fake.configuration |= change
    with pytest.raises(CannotAsk):
        Provider(SETTINGS, fake.client, clock).endpoints()


def test_the_configuration_is_asked_for_once_an_hour(clock):
    fake = FakeProvider(clock, known_key("one"))
    asked = Provider(SETTINGS, fake.client, clock)
    assert asked.endpoints() is asked.endpoints()
    clock.now += 3601
    asked.endpoints()
    assert len(fake.asked) == 2


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(302, headers={"Location": "https://evil.example/"}),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b" " * 2_000_000),
    ],
)
def test_an_answer_that_cannot_be_used_is_told(clock, response):
    with pytest.raises(CannotAsk):
        provider(lambda request: response, clock).endpoints()


def test_a_token_answer_without_an_identity_lets_nobody_in(clock):
    fake = FakeProvider(clock, known_key("one"))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"access_token": "x"})
        return fake.answer(request)

    with pytest.raises(Denied):
        provider(answer, clock).id_token("code", "verifier")
