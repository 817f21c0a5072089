from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadSignal
from tidebreak.lists.pack_entries import PackEntry, Prints, batches, from_json, to_json
from tidebreak.model import Signal

CODES = frozenset({10, 11, 500})
HASH = st.binary(min_size=32, max_size=32)


def prints(at):
    return st.lists(st.tuples(at, st.integers(0, 100), HASH), max_size=5).map(Prints.of)


ENTRIES = st.builds(
    PackEntry,
    key=st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20),
    pages=prints(st.integers(0, 9)),
    regions=prints(st.sampled_from(sorted(CODES))),
    frames=prints(st.integers(0, (1 << 32) - 1)),
    exact=st.just((Signal.parse("md5", "0" * 32),)),
    classification=st.sampled_from(["", "B", "Ü"]),
    scheme=st.sampled_from(["", "own"]),
    size=st.none() | st.integers(0, 1 << 40),
    fields=st.dictionaries(st.sampled_from(["shape", "note"]), st.text(max_size=5)),
)


@given(ENTRIES)
def test_what_is_written_is_read(entry):
    assert from_json(json.loads(to_json(entry)), CODES) == entry


@given(st.lists(ENTRIES, max_size=5))
def test_every_hash_of_every_entry_is_in_a_batch(entries):
    found = {"pdq": 0, "pdq-region": 0, "vpdq": 0}
    rows = 0
    for batch in batches(enumerate(entries, 1), {}):
        rows += len(batch)
        for column in batch.columns:
            if column.type.name in found:
                found[column.type.name] += len(column.rows)
                assert column.quality is not None
    assert rows == len(entries)
    assert found["pdq"] == sum(len(entry.pages) for entry in entries)
    assert found["pdq-region"] == sum(len(entry.regions) for entry in entries)
    assert found["vpdq"] == sum(len(entry.frames) for entry in entries)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists, max_leaves=5))
def test_nonsense_is_a_bad_signal_and_nothing_else(value):
    for name in ("pages", "regions", "frames", "exact", "bytes", "id", "pdq", "classification"):
        record = {"id": "x", "pdq": "00" * 32, "quality": 50} | {name: value}
        try:
            from_json(record, CODES)
        except BadSignal:
            continue


def test_a_region_outside_the_table_is_refused():
    hashes = {"at": [12], "quality": [50], "pdq": "00" * 32}
    with pytest.raises(BadSignal, match="explain"):
        from_json({"id": "x", "regions": hashes}, CODES)
