from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings import text_kernels as kernels
from tidebreak.sightings.texts import Texts

ANY = st.lists(st.binary(max_size=24), max_size=12)


def plain_hex(item: bytes) -> bytes | None:
    try:
        return bytes.fromhex(item.decode("ascii")) if re.fullmatch(rb"\w*", item) else None
    except ValueError:
        return None


@settings(deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=4).map(lambda b: b.hex().encode()),
                          st.text("09afAFgG/:@`", max_size=6).map(str.encode))))  # fmt: skip
def test_hexadecimal_is_what_python_takes_for_it(items):
    texts, ok = kernels.decode_hex(Texts.of(items))
    expected = [plain_hex(item) for item in items]
    assert ok.tolist() == [value is not None for value in expected]
    for value, found in zip(expected, texts.to_list(), strict=True):
        assert value is None or value == found


@settings(deadline=None)
@given(st.lists(st.binary(max_size=5).map(lambda b: b.hex().encode())))
def test_values_of_one_length_are_picked_out(items):
    values, ok = kernels.parse_hex(Texts.of(items), 3)
    assert ok.tolist() == [len(item) == 6 for item in items]
    assert [row.tobytes().hex().encode() for row in values[ok]] == [i for i in items if len(i) == 6]


@settings(deadline=None)
@given(st.lists(st.text("0123456789.-", max_size=22).map(str.encode)))
def test_numbers_are_plain_decimals(items):
    expected = [
        int(item.split(b".")[0]) if re.fullmatch(rb"\d{1,18}(\.\d{1,18})?", item) else -1
        for item in items
    ]
    assert kernels.parse_numbers(Texts.of(items)).tolist() == expected


def plain_ipv4(item: bytes) -> bytes:
    try:
        return bytes(10) + b"\xff\xff" + ipaddress.IPv4Address(item.decode("ascii")).packed
    except ValueError:
        return b""


@settings(deadline=None)
@given(st.lists(st.one_of(st.ip_addresses(v=4).map(lambda a: str(a).encode()),
                          st.text("0125.", max_size=16).map(str.encode))))  # fmt: skip
def test_addresses_are_what_the_standard_library_takes_for_them(items):
    values, ok = kernels.parse_ipv4(Texts.of(items))
    expected = [plain_ipv4(item) for item in items]
    assert ok.tolist() == [bool(value) for value in expected]
    assert [row.tobytes() for row in values[ok]] == [value for value in expected if value]


ZONES = st.one_of(
    st.none(), st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.datetimes(), ZONES, st.sampled_from(["T", "t", " "]))))
def test_times_are_what_the_standard_library_takes_for_them(given_times):
    moments = [moment.replace(tzinfo=zone) for moment, zone, _ in given_times]
    items = [
        moment.isoformat(sep).replace("+00:00", "Z").encode()
        for moment, (_, _, sep) in zip(moments, given_times, strict=True)
    ]
    seconds, zones, ok = kernels.parse_times(Texts.of(items))
    assert ok.all()
    for moment, second, zone in zip(moments, seconds.tolist(), zones.tolist(), strict=True):
        local = moment.replace(tzinfo=UTC, microsecond=0)
        assert second == int(local.timestamp())
        offset = moment.utcoffset()
        assert zone == (kernels.NAIVE if offset is None else offset.total_seconds())


@pytest.mark.parametrize("text", [
    "", "2026-13-01T00:00:00", "2026-02-29T00:00:00", "2026-01-00T00:00:00", "2026-01-01T24:00:00",
    "2026-01-01T00:60:00", "2026-01-01T00:00:61", "2026-01-01 00:00", "2026-01-01T00:00:00X",
    "2026-01-01T00:00:00+1", "2026-01-01T00:00:00+01:0a", "2026-01-01T00:00:00+01:60", "26-01-01",
    "2026-01-01T00:00:00Z ", "0000-01-01T00:00:00Z", "2026-01-01T00:00:00+01:00:00",
])  # fmt: skip
def test_what_is_no_time_is_said(text):
    assert not kernels.parse_times(Texts.of([text.encode()]))[2][0]


def test_zones_without_minutes_a_leap_second_and_a_space_are_taken():
    items = [b"2026-01-01T00:00:00+01", b"2016-12-31T23:59:60Z", b"2026-01-01 00:00:00.25 +0100"]
    seconds, zones, ok = kernels.parse_times(Texts.of(items))
    assert ok.all()
    assert zones.tolist() == [3600, 0, 3600]
    assert seconds[1] == datetime(2017, 1, 1, tzinfo=UTC).timestamp()


@settings(deadline=None)
@given(ANY, st.lists(st.binary(min_size=1, max_size=4).map(bytes.lower), unique=True))
def test_words_are_found_whatever_their_case(items, known):
    found = kernels.match_words(Texts.of([*items, *known]), Texts.of(known)).tolist()
    expected = [known.index(i.lower()) if i.lower() in known else -1 for i in [*items, *known]]
    assert found == expected


@settings(deadline=None)
@given(ANY)
def test_texts_are_packed_behind_their_lengths(items):
    for item, row in zip(items, kernels.pack(Texts.of(items), 12), strict=True):
        whole = (bytes([len(item)]) + item).ljust(12, b"\0")
        assert row.tobytes() == (whole if len(item) < 12 else bytes(12))


def test_warming_compiles_every_kernel():
    kernels.warm()
    assert kernels.pack(Texts.of([b"a"]), 3).dtype == np.uint8
