from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists.batch import batch_of
from tidebreak.lists.fingerprints import canonical
from tidebreak.lists.packing import pack, unpack, unpack_columns
from tidebreak.model import Entry, Signal
from tidebreak.signals import SIGNAL_TYPES

SIGNAL = st.builds(
    lambda name, byte, quality: Signal(
        SIGNAL_TYPES[name],
        bytes([byte]) * SIGNAL_TYPES[name].length,
        quality if name == "pdq" else None,
    ),
    st.sampled_from(["md5", "sha1", "pdq", "photodna", "sha512"]),
    st.integers(0, 255),
    st.none() | st.integers(0, 100),
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)
ENTRY = st.builds(
    Entry,
    line=st.integers(1, 1 << 31),
    signals=st.lists(SIGNAL, max_size=4).map(tuple),
    key=st.sampled_from(["", "a"]),
    fields=st.dictionaries(st.text(max_size=4), VALUE, max_size=3),
)


@given(st.lists(ENTRY, min_size=1, max_size=12), st.data())
def test_what_is_packed_comes_back(entries, data):
    batch = batch_of(entries)
    start = data.draw(st.integers(0, len(entries) - 1))
    stop = data.draw(st.integers(start + 1, len(entries)))
    hidden = {row: entry.key for row, entry in enumerate(entries) if entry.key}
    packed = pack(batch, [canonical(fields) for fields in batch.fields], hidden, start, stop)
    for row in range(start, stop):
        kept = unpack(packed, row - start)
        assert kept.line == entries[row].line
        assert kept.fields == entries[row].fields
        assert kept.key == entries[row].key
        assert sorted(map(repr, kept.signals)) == sorted(map(repr, entries[row].signals))


@given(st.lists(ENTRY, min_size=1, max_size=12))
def test_all_signals_come_back_as_columns(entries):
    batch = batch_of(entries)
    packed = pack(batch, [canonical(fields) for fields in batch.fields], {}, 0, len(entries))
    found = unpack_columns(packed)
    assert [column.type for column in found] == [column.type for column in batch.columns]
    for column, given_column in zip(found, batch.columns, strict=True):
        assert (column.rows == given_column.rows).all()
        assert (column.values == given_column.values).all()
        assert (column.quality is None) == (given_column.quality is None)
