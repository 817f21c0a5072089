from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import BadLink
from tidebreak.sightings.intake.identify import identify, named_by
from tidebreak.sightings.intake.mapping import LINK, ContentColumn
from tidebreak.sightings.texts import Texts
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES, TextForm


def found(
    column: ContentColumn, **columns: list[bytes]
) -> tuple[set[tuple[str, int, bytes]], list]:
    groups, bad = identify(column, {name: Texts.of(items) for name, items in columns.items()})
    named = {
        (group.type.name, int(row), value.tobytes())
        for group in groups
        for row, value in zip(group.rows, group.values, strict=True)
    }
    return named, bad.tolist()


TYPES = [kind for kind in EXACT_TYPES if kind.form is not TextForm.CID]


@settings(deadline=None)
@given(st.sampled_from(TYPES), st.lists(st.tuples(st.integers(0, 9), st.booleans())))
def test_values_are_those_of_their_type_in_any_of_its_forms(kind, drawn):
    values = [hashlib.sha512(bytes([n])).digest()[: kind.length] for n, _ in drawn]
    items = [
        (v.hex() if plain else kind.format(v)).encode()
        for v, (_, plain) in zip(values, drawn, strict=True)
    ]
    named, bad = found(ContentColumn("a", kind.name), a=items)
    assert named == {(kind.name, row, value) for row, value in enumerate(values)}
    assert not any(bad)


def test_texts_that_are_no_value_are_told_and_empty_ones_are_none():
    items = [b"", b"zz" * 20, b"ab" * 19, b"ab" * 20, "ä".encode("latin-1") * 20]
    named, bad = found(ContentColumn("a", "sha1"), a=items)
    assert named == {("sha1", 3, b"\xab" * 20)}
    assert bad == [False, True, True, False, True]


def test_a_column_may_say_the_type_of_each_row():
    items = [b"aa" * 16, b"bb" * 20, b"cc" * 20, b"dd" * 16]
    named, bad = found(
        ContentColumn("a", type_column="kind"), a=items, kind=[b"ED2K", b"sha-1", b"pdq", b"md5"]
    )
    assert named == {("ed2k", 0, b"\xaa" * 16), ("sha1", 1, b"\xbb" * 20), ("md5", 3, b"\xdd" * 16)}
    assert bad == [False, False, True, False]


def test_cids_of_both_versions_are_taken():
    digest = hashlib.sha256(b"benign").digest()
    v0, v1 = b"\x12\x20" + digest, b"\x01\x55\x12\x20" + digest
    items = [SIGNAL_TYPES["cid-v1"].format(value).encode() for value in (v0, v1)]
    named, bad = found(ContentColumn("a", "cid"), a=items)
    assert named == {("cid-v1", 0, v0), ("cid-v1", 1, v1)}
    assert not any(bad)


def test_links_name_what_is_in_them_and_their_trackers_nothing():
    magnet = f"magnet:?xt=urn:btih:{'ab' * 20}&xt=urn:ed2k:{'cd' * 16}&tr=udp%3A%2F%2F192.0.2.1"
    named, bad = found(ContentColumn("a", LINK), a=[magnet.encode(), b"nothing at all", b""])
    assert {name for name, *_ in named} >= {"btih", "ed2k"}
    assert bad == [False, True, False]
    with pytest.raises(BadLink):
        named_by("")
