from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.fetching.addresses import is_public

# From the IANA special-purpose registries, and what providers document of their metadata.
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.192", "192.0.2.1", "192.168.1.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "fe80::1%eth0",
    "2606:4700::1%eth0", "4000::1", "e000::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8", "1.1.1.1", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1",
    "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001:831::200e", "2001:4860:4860::8888",
    "2400:cb00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_iana_set_aside_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "8.8.8.8/32"]
)
def test_only_plain_addresses_are_addresses(text: str):
    assert not is_public(text)


def test_further_networks_can_be_refused():
    refused = [ipaddress.ip_network("8.8.8.0/24"), ipaddress.ip_network("2a00::/16")]
    assert not is_public("8.8.8.8", refused)
    assert not is_public("2a00::1", refused)
    assert is_public("8.8.9.8", refused)


@given(st.ip_addresses(v=4))
def test_no_address_that_embeds_another_is_public(inner: ipaddress.IPv4Address):
    number = int(inner)
    for form in (
        0xFFFF << 32 | number,
        number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
    ):
        assert not is_public(str(ipaddress.IPv6Address(form)))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(address: ipaddress.IPv4Address):
    if is_public(str(address)):
        assert address.is_global
        assert not (address.is_private)
        assert not (address.is_multicast)
        assert not (address.is_reserved)
