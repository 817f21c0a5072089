from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.web.loopback import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_this_machine_alone(host: str):
    assert is_loopback(host)
    addresses = {each[4][0] for each in socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM)}
    assert all(address == "::1" or str(address).startswith("127.") for address in addresses)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "", "localhost.example.org", "127.0.0.1.example.org"]
)
def test_others_may_be_meant(host: str):
    assert not is_loopback(host)


@given(st.ip_addresses())
def test_no_other_address_is_this_machine(address):
    assert is_loopback(str(address)) == (str(address) == "::1" or str(address)[:4] == "127.")
