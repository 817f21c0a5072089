"""Bencode against libtorrent's, and against everything that is nearly bencode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import libtorrent

from tidebreak.errors import BadLink
from tidebreak.links import bencode
from tidebreak.links.bencode import Fault, parse, parse_strict

VALUES = st.recursive(
    st.integers(-(1 << 62), 1 << 62) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.binary(max_size=5), inner),
    max_leaves=30,
)


@given(st.dictionaries(st.binary(max_size=6), VALUES))
def test_what_libtorrent_writes_is_read_and_keeps_every_rule(value: dict[bytes, object]):
    data = libtorrent.bencode(value)
    assert parse_strict(data).value == value
    found = parse(data, tuple(value))
    for key, spans in found.spans.items():
        (span,) = spans
        assert parse(data[slice(*span)]).value == value[key]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes):
    try:
        found = parse(data, (b"info",))
    except BadLink:
        return
    assert all(0 <= start < end <= len(data) for start, end in found.spans[b"info"])


@given(st.dictionaries(st.binary(max_size=6), VALUES, min_size=1), st.data())
def test_cut_anywhere_it_says_so_and_keeps_what_came_before(value, data):
    whole = libtorrent.bencode(value)
    found = parse(whole[: data.draw(st.integers(1, len(whole) - 1))])
    assert found.broken == "it is cut off" or "length" in found.broken or "number" in found.broken
    keys = sorted(value)
    complete = list(found.value)[:-1]
    assert complete == keys[: len(complete)]
    assert all(found.value[key] == value[key] for key in complete)


@pytest.mark.parametrize(
    ("data", "value", "fault"),
    [
        (b"d1:bi1e1:ai2ee", {b"b": 1, b"a": 2}, Fault.UNSORTED),
        (b"d1:ai1e1:ai2ee", {b"a": 1}, Fault.DUPLICATE),
        (b"d1:ai01ee", {b"a": 1}, Fault.NUMBER),
        (b"d1:ai-0ee", {b"a": 0}, Fault.NUMBER),
        (b"d01:ai1ee", {b"a": 1}, Fault.NUMBER),
        (b"d1:ai1ee\n", {b"a": 1}, Fault.TRAILING),
    ],
)
def test_what_breaks_a_rule_is_read_all_the_same_and_said(data, value, fault):
    found = parse(data)
    assert (found.value, found.faults, found.broken) == (value, (fault,), "")
    with pytest.raises(BadLink, match=str(fault)):
        parse_strict(data)


def test_of_a_key_that_occurs_twice_either_value_can_be_had_and_both_spans():
    data = b"d4:infod1:ai1ee4:infod1:ai2eee"
    assert parse(data).value == {b"info": {b"a": 1}}
    found = parse(data, (b"info",), last=True)
    assert found.value == {b"info": {b"a": 2}}
    assert [data[slice(*span)] for span in found.spans[b"info"]] == [b"d1:ai1ee", b"d1:ai2ee"]


def test_only_keys_of_the_outermost_dictionary_have_spans():
    assert parse(b"d1:ad4:infoi1eee", (b"info",)).spans == {b"info": []}
    assert parse(b"ld4:infoi1eee", (b"info",)).spans == {b"info": []}


@pytest.mark.parametrize(
    "data",
    [b"i--1e", b"ie", b"i1", b"i1.5e", b"i 1e", b"i" + b"9" * 40 + b"e", b"d1:a", b"di1ei1ee",
     b"d1:ae", b"l-1:ae", b"3:ab", b"1_0:", b"l+1:ae", b"lx", b"d", b"l1:a"],
)  # fmt: skip
def test_what_has_no_meaning_ends_the_reading(data: bytes):
    assert parse(data).broken


@pytest.mark.parametrize("data", [b"", b"hello", b"-1:a", b"+1:a", b"e"])
def test_what_does_not_begin_as_bencode_is_refused(data: bytes):
    with pytest.raises(BadLink, match="not bencode"):
        parse(data)


def test_depth_items_and_size_are_bounded(monkeypatch: pytest.MonkeyPatch):
    depth = bencode.DEPTH
    assert not parse(b"l" * depth + b"e" * depth).broken
    assert "deep" in parse(b"l" * (depth + 1) + b"e" * (depth + 1)).broken
    assert "deep" in parse(b"l" * 1_000_000).broken
    monkeypatch.setattr(bencode, "ITEMS", 10)
    assert "more than 10 values" in parse(b"l" + b"0:" * 11 + b"e").broken
    monkeypatch.setattr(bencode, "SIZE", 1 << 20)
    with pytest.raises(BadLink, match="1 MiB"):
        parse(b"d" + bytes(1 << 20))
