"""HTTP addresses that name content; announces as clients write them."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import by_type

from tidebreak.errors import BadLink
from tidebreak.links.web import read

SHA1 = "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS"
SHA1_HEX = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
RAW = "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["http://127.0.0.1:6969", ""]))
def test_an_announce_names_the_torrent_however_it_is_escaped(infohash: bytes, before: str):
    every = "".join(f"%{byte:02X}" for byte in infohash)
    for escaped in (every, every.lower(), quote(infohash), urlencode({"": infohash})[1:]):
        text = f"{before}/announce?port=1&info_hash={escaped}&peer_id=x"
        assert infohash.hex() in by_type(read(text).signals)["btih"]


def test_bytes_that_were_never_escaped_count_as_they_are():
    raw = bytes(range(0xC0, 0xC0 + 20))
    text = b"/announce?info_hash=" + raw
    found = read(text.decode("utf-8", "surrogateescape"))
    assert by_type(found.signals)["btih"] == [raw.hex()]
    with pytest.raises(BadLink, match="percent-encoded"):
        read("/announce?info_hash=\ud800")


def test_a_scrape_may_name_several_and_some_write_hexadecimal():
    other = "ab" * 20
    text = f"http://127.0.0.1/scrape?info_hash={SHA1_HEX}&info_hash={other}"
    assert by_type(read(text).signals)["btih"] == [SHA1_HEX, other]


@pytest.mark.parametrize("value", ["", "short", "%12" * 19, "%12" * 21, "g" * 40])
def test_an_infohash_of_another_length_is_refused(value: str):
    with pytest.raises(BadLink, match="info_hash"):
        read(f"/announce?info_hash={value}")


def test_gnutella_s_addresses_end_in_the_name():
    reference = read(f"http://127.0.0.1:6346/uri-res/N2R?urn:sha1:{SHA1}")
    assert by_type(reference.files[0].signals)["sha1"] == [SHA1_HEX]


def test_gateways_lead_to_ipfs():
    assert read(f"https://ipfs.io/ipfs/{RAW}").files == read(f"https://{RAW}.ipfs.x.org").files
    assert "may change" in read("https://ipfs.io/ipns/x").reason


@pytest.mark.parametrize(
    "text",
    ["http://example.com/", "/announce", "https://example.com/a.torrent", "http://x/?urn:other:x"],
)
def test_other_addresses_are_refused_with_what_is_taken(text: str):
    with pytest.raises(BadLink, match="taken are magnet"):
        read(text)
