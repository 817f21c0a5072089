from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.kept_logs.names import address_text, client_keys, client_text, pack_address
from tidebreak.sightings.records import Network
from tidebreak.sightings.texts import Texts

CLIENTS = st.lists(st.tuples(st.binary(min_size=1, max_size=60), st.integers(0, 6)), max_size=9)


@settings(deadline=None)
@given(CLIENTS)
def test_keys_are_equal_just_where_client_and_network_are(clients):
    values = Texts.of([client for client, _ in clients])
    keys = client_keys(values, np.array([network for _, network in clients], np.uint8))
    assert len({key.tobytes() for key in keys}) == len(set(clients))


@settings(deadline=None)
@given(st.ip_addresses())
def test_addresses_go_and_come_back(address):
    mapped = getattr(address, "ipv4_mapped", None)
    assert address_text(pack_address(str(address))) == str(mapped or address)


def test_ipv4_and_its_mapped_form_are_one_address():
    assert pack_address("::ffff:192.0.2.1") == pack_address("192.0.2.1")
    assert ipaddress.ip_address(pack_address("192.0.2.1")).ipv4_mapped is not None
    assert address_text(b"") == ""
    with pytest.raises(ValueError, match="does not appear"):
        pack_address("example.org")


def test_client_ids_are_shown_as_their_networks_write_them():
    assert client_text(Network.BITTORRENT, b"-TR3000-\x00\xffab") == "-TR3000-%00%FFab"
    assert client_text(Network.EDONKEY, bytes(16)) == "00" * 16
    assert client_text(Network.BITTORRENT, b"") == ""
    # What begins a remark in a list of exclusions must not cut a client id short.
    assert client_text(Network.BITTORRENT, b"a#b") == "a%23b"
