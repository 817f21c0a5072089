from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.service.config import WebhookRules
from tidebreak.service.webhooks.targets import address_of, target_of

RULES = WebhookRules(insecure_hosts=("inside.example",))


def test_parts_of_an_address():
    target = target_of("https://hooks.example:8443/a/b?c=d#e", RULES)
    assert (target.host, target.port, target.path) == ("hooks.example", 8443, "/a/b?c=d")
    assert target_of("https://hooks.example", RULES).port == 443
    assert target_of("http://inside.example", RULES).port == 80


@given(st.text(max_size=60) | st.text("https://u@[]:.0127%\\ \t", max_size=40))
def test_any_text_is_a_target_or_refused_without_being_repeated(text: str):
    try:
        target = target_of(text, RULES)
    except UsageError as error:
        assert len(text) < 12 or text not in str(error)  # noqa: PT017
    else:
        assert target.host
        assert target.secure or target.host == "inside.example"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[::1]", "[fe80::1]",
     "[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:a00:1::]", "0.0.0.0", "localhost",
     "0x7f.1", "2130706433"],
)  # fmt: skip
def test_addresses_of_this_network_are_refused_unless_they_are_named(host: str):
    target = target_of(f"https://{host}/", RULES)
    with pytest.raises(UsageError):
        anyio.run(address_of, target, RULES)


def test_a_host_that_is_named_may_be_here():
    rules = WebhookRules(allowed_hosts=("127.0.0.1",))
    assert anyio.run(address_of, target_of("https://127.0.0.1/", rules), rules) == "127.0.0.1"


def test_a_public_address_is_taken():
    target = target_of("https://93.184.215.14/", RULES)
    assert anyio.run(address_of, target, RULES) == "93.184.215.14"
