from __future__ import annotations

import contextlib
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadLink
from tidebreak.gates.announces import infohashes

HASH = bytes(range(20))
TEXT = quote_from_bytes(HASH)


@given(st.binary(min_size=20, max_size=20), st.sampled_from(["/announce", "/x/y", "/scrape", ""]))
def test_whatever_a_client_sends_is_read_as_it_was(value: bytes, path: str):
    address = f"{path}?port=1&info_hash={quote_from_bytes(value)}&left=0"
    assert infohashes(address) == [(value,)]
    everything = "".join(f"%{byte:02x}" for byte in value)
    assert infohashes(f"{path}?info_hash={everything}") == [(value,)]


def test_a_scrape_may_name_several():
    assert infohashes(f"/scrape?info_hash={TEXT}&info_hash={'a' * 20}") == [(HASH,), (b"a" * 20,)]


def test_a_plus_is_read_both_ways():
    value = "+" + "a" * 19
    assert infohashes(f"/announce?info_hash={value}") == [(b"+" + b"a" * 19, b" " + b"a" * 19)]


def test_raw_bytes_are_bytes():
    assert infohashes("/announce?info_hash=" + "\xe4" * 20) == [(b"\xe4" * 20,)]


# opentracker, as Debian has it, takes the second of these for an announce like any other.
@pytest.mark.parametrize("name", ["info_hash", "info%5fhash", "INFO_HASH", "%69nfo_hash"])
@pytest.mark.parametrize("before", ["?", "?a=b&", "?a=b;", "?a?", "?#"])
def test_names_are_read_in_every_way(name: str, before: str):
    assert infohashes(f"/announce{before}{name}={TEXT}") == [(HASH,)]


PHP_READS_AS_INFO_HASH = (
    "info.hash", "info hash", "info+hash", "info%20hash", "info[hash", "info%2ehash", "info_hash[]",
)  # fmt: skip


@pytest.mark.parametrize(
    "address",
    [
        "/announce?info_hash=abc",
        "/announce?info_hash=",
        f"/announce?info_hash={TEXT}aa",
        "/announce?info_hash=%61%6%61" + "a" * 17,
        "/announce?info_hash",
        f"/info_hash={TEXT}",
        f"/announce?x=info_hash%3D{TEXT}",
        f"/announce?{quote(quote('info_hash=')).replace('_', '%255f')}{TEXT}",
        f"/announce?ainfo_hash={TEXT}",
        f"/announce?info_hash={TEXT}&xinfo_hash={TEXT}",
        "/scrape?" + f"info_hash={TEXT}&" * 101,
        *(f"/announce?{name}={TEXT}" for name in PHP_READS_AS_INFO_HASH),
    ],
)
def test_what_cannot_be_read_for_sure_is_malformed(address: str):
    with pytest.raises(BadLink) as error:
        infohashes(address)
    assert TEXT not in str(error.value)


@pytest.mark.parametrize("address", ["/stats", "/", "", "/scrape", "/announce?port=5"])
def test_what_names_nothing_names_nothing(address: str):
    assert infohashes(address) == []


@given(st.text(max_size=200))
def test_no_text_does_harm(text: str):
    with contextlib.suppress(BadLink):
        assert all(len(value) == 20 for each in infohashes(text) for value in each)
