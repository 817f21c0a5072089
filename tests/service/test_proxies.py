from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.service_helper import running

from tidebreak.access.roles import Role
from tidebreak.installation import Tidebreak
from tidebreak.service.config import Listen, ServiceConfig
from tidebreak.service.proxies import Proxies

OURS = Proxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])


def told(peer: str | None, *said: str, proxies: Proxies = OURS) -> str | None:
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in said]
    scope = {"client": (peer, 1) if peer else None, "headers": headers}
    proxies.tell(scope)
    return scope["client"] and scope["client"][0]


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ((), "127.0.0.1"),
        (("192.0.2.7",), "192.0.2.7"),
        (("198.51.100.9, 192.0.2.7",), "192.0.2.7"),  # the first one anybody could write
        (("198.51.100.9", "192.0.2.7"), "192.0.2.7"),
        (("198.51.100.9, 192.0.2.7, 10.1.2.3",), "192.0.2.7"),
        (("10.1.2.3",), "10.1.2.3"),
        (("192.0.2.7:4711",), "192.0.2.7"),
        (("[2001:db8::1]:4711",), "2001:db8::1"),
        (("2001:db8::1",), "2001:db8::1"),
        (("::ffff:192.0.2.7",), "192.0.2.7"),
        (("192.0.2.7, unknown",), None),
        (("192.0.2.7,",), None),
    ],
)
def test_the_last_hop_that_is_no_proxy_of_ours(said: tuple[str, ...], who: str | None):
    assert told("127.0.0.1", *said) == who


def test_nobody_else_is_believed():
    assert told("192.0.2.1", "198.51.100.9") == "192.0.2.1"
    assert told(None, "198.51.100.9") is None
    assert told("a socket", "198.51.100.9") == "a socket"
    assert told("127.0.0.1", "198.51.100.9", proxies=Proxies()) == "127.0.0.1"


@given(st.text(st.characters(max_codepoint=255)))
def test_whatever_a_proxy_says_is_an_address_or_nobody(said: str):
    found = told("10.0.0.1", said)
    assert found is None or Proxies([found])


def test_what_is_no_network():
    with pytest.raises(ValueError, match="does not appear"):
        Proxies(["localhost"])


@pytest.mark.parametrize(("proxies", "status"), [(("127.0.0.1",), 200), ((), 401)])
def test_a_key_of_a_network_behind_a_proxy(
    installation: Tidebreak, proxies: tuple[str, ...], status: int
):
    with running(installation, ServiceConfig(listen=Listen(proxies=proxies))) as service:
        key = service.key(Role.PLATFORM, networks=("198.51.100.0/24",))
        there = {"X-Forwarded-For": "203.0.113.1, 198.51.100.9"}
        elsewhere = {"X-Forwarded-For": "198.51.100.9, 203.0.113.1"}
        for headers, expected in ((there, status), (elsewhere, 401)):
            answer = service.send("GET", "/v1/status", key=key, headers=headers)
            assert answer.status_code == expected


def test_guessing_is_slowed_down_for_who_guesses_and_not_for_the_proxy(installation: Tidebreak):
    config = ServiceConfig(listen=Listen(proxies=("127.0.0.1",)))
    with running(installation, config) as service:
        seen: list[str] = []
        entrance = service.parts.entrance
        log_in = entrance.log_in
        entrance.log_in = lambda *given: seen.append(given[3]) or log_in(*given)  # type: ignore[method-assign]
        body = {"name": "anna", "password": "x", "code": "1"}
        headers = {"X-Forwarded-For": "203.0.113.1"}
        answer = service.send("POST", "/v1/session", key="", json=body, headers=headers)
        assert answer.status_code == 401
        assert seen == ["203.0.113.1"]
