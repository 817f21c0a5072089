"""Names, lengths and hints as found in torrents."""

from __future__ import annotations

import hashlib

import pytest

from tidebreak.links.torrent_parts import hints_of, is_info, name_of, size_of, text_of, v2_signals

SHA1, MD5 = hashlib.sha1(b"x").digest(), hashlib.md5(b"x").digest()


def test_hints_are_raw_or_hexadecimal_and_in_a_fixed_order():
    found = hints_of({
        b"tiger": bytes(24), b"ed2k": bytes(16), b"md5sum": MD5.hex().encode(), b"sha1": SHA1,
    })  # fmt: skip
    assert [signal.type.name for signal in found] == ["sha1", "md5", "ed2k", "tth"]
    assert [signal.value for signal in found[:2]] == [SHA1, MD5]


@pytest.mark.parametrize("value", [b"", b"short", b"z" * 40, b"\xff" * 40, 5, [SHA1], {}])
def test_what_is_no_digest_is_no_hint(value):
    assert hints_of({b"sha1": value}) == ()


def test_the_utf8_name_counts_where_there_are_two():
    assert name_of({b"name": b"\xe4", b"name.utf-8": "ä".encode()}) == "ä"
    assert name_of({b"name": b"plain"}) == "plain"
    assert name_of({}) == ""
    assert text_of(b"\xff") == "\ufffd"


@pytest.mark.parametrize(
    ("value", "size"), [(0, 0), (7, 7), (-1, None), (1 << 63, None), (b"7", None), (None, None)]
)
def test_a_length_is_a_number_that_a_file_can_have(value, size):
    assert size_of(value) == size


def test_info_is_known_by_what_is_in_it():
    assert is_info({b"pieces": b""})
    assert is_info({b"file tree": {}})
    assert not is_info({b"info": {b"pieces": b""}})
    assert not is_info([b"pieces"])


def test_a_version_2_infohash_has_the_cut_that_trackers_see():
    whole, cut = v2_signals(bytes(range(32)))
    assert (whole.type.name, whole.value) == ("btmh", bytes(range(32)))
    assert (cut.type.name, cut.value) == ("btih", bytes(range(20)))
