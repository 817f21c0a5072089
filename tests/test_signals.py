from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.signals import SIGNAL_TYPES, find_signal_type, parse_cid, signal_type

FOX = b"The quick brown fox jumps over the lazy dog"


def test_every_type_has_a_space_that_fits_the_seals_personalisation():
    assert all(1 <= len(kind.space) <= 13 for kind in SIGNAL_TYPES.values())


@pytest.mark.parametrize(
    ("name", "same"),
    [("SHA-256", "sha256"), ("ed2k_blue", "ed2k-blue"), ("edonkey", "ed2k"), ("cid", "cid-v1"),
     ("pdna", "photodna"), (" MD5 ", "md5")],
)  # fmt: skip
def test_names_in_any_case_and_known_aliases_find_the_type(name: str, same: str):
    assert signal_type(name).name == same


def test_unknown_type_is_refused_with_the_known_ones():
    with pytest.raises(BadSignal, match="unknown signal type 'crc33'; known: md5, sha1"):
        signal_type("crc33")
    assert find_signal_type("crc33") is None


@given(st.sampled_from([k for k in SIGNAL_TYPES.values() if k.length]), st.data())
def test_text_of_any_value_parses_back(kind, data: st.DataObject):
    value = data.draw(st.binary(min_size=kind.length, max_size=kind.length))
    assert kind.parse(kind.format(value)) == value
    assert kind.parse(f"  {kind.format(value)}\n") == value


PREFIXES = [b"\x12\x20", b"\x01\x55\x12\x20", b"\x01\x70\x12\x20"]


@given(st.binary(min_size=32, max_size=32), st.sampled_from(PREFIXES))
def test_cids_round_trip_and_share_their_multihash(digest: bytes, prefix: bytes):
    kind = SIGNAL_TYPES["cid-v1"]
    assert parse_cid(kind.format(prefix + digest)) == prefix + digest
    assert kind.comparable(prefix + digest) == b"\x12\x20" + digest


@given(st.text(max_size=80), st.sampled_from(list(SIGNAL_TYPES.values())))
def test_any_text_is_a_value_or_a_clear_error_that_does_not_repeat_it(text: str, kind):
    said = ""
    try:
        value = kind.parse(text)
    except BadSignal as error:
        said = str(error)
    if not said:
        assert kind.parse(kind.format(value)) == value
    else:
        assert kind.name in said
        assert len(text.strip()) < 12 or text.strip() not in said


def test_published_cids_of_a_known_string():
    digest = hashlib.sha256(FOX).digest()
    raw = SIGNAL_TYPES["cid-raw"].format(b"\x01\x55\x12\x20" + digest)
    assert raw == "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"
    v0 = "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPwV"
    assert SIGNAL_TYPES["cid-v0"].format(SIGNAL_TYPES["cid-v0"].parse(v0)) == v0
    assert parse_cid("f" + parse_cid(raw).hex()) == parse_cid(raw)


def test_gnutella_writes_sha1_in_base32():
    digest = hashlib.sha1(FOX).digest()
    assert SIGNAL_TYPES["sha1"].parse("F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS") == digest
    assert SIGNAL_TYPES["sha1"].parse(digest.hex().upper()) == digest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("md5", "9e107d9d372bb6826bd81d3542a419d"),
        ("md5", "9e107d9d372bb6826bd81d3542a419d6ff"),
        ("md5", "9e107d9d 372bb6826bd81d3542a419d6"),
        ("sha256", "x" * 64),
        ("pdq", "ab" * 16),
        ("tth", "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66OR"),
        ("tth", "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66OR1"),
        ("tth", "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORZ"),
        ("cid", "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPw0"),
        ("cid", "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfs"),
        ("cid", "zQm"),
        ("cid", ""),
        ("photodna", "AAAA"),
    ],
)
def test_malformed_values_are_refused(name: str, text: str):
    with pytest.raises(BadSignal):
        signal_type(name).parse(text)


def test_sha1_in_base32_with_loose_trailing_bits_is_refused():
    # 39 characters of base32 carry three spare bits for a Tiger tree root: they must be zero.
    good = "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY"
    assert len(SIGNAL_TYPES["tth"].parse(good)) == 24
    with pytest.raises(BadSignal):
        SIGNAL_TYPES["tth"].parse(good[:-1] + "Z")


@pytest.mark.parametrize(
    ("value", "said"),
    [(b"", "version none, and 1"), (b"\2" + bytes(40), "version 2, and 1"), (b"\1", "got 1 bytes"),
     (b"\1" + bytes(41), "got 42 bytes")],
)  # fmt: skip
def test_features_of_another_version_or_cut_off_are_refused(value: bytes, said: str):
    kind = SIGNAL_TYPES["orb"]
    assert kind.parse(kind.format(b"\1" + bytes(80))) == b"\1" + bytes(80)
    with pytest.raises(BadSignal, match=said):
        kind.parse(kind.format(value))
