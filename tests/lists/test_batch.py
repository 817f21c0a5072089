from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists.batch import BadRow, batch_of, is_text
from tidebreak.model import Entry, Signal
from tidebreak.signals import SIGNAL_TYPES

SIGNAL = st.builds(
    lambda name, byte, quality: Signal(
        SIGNAL_TYPES[name],
        bytes([byte]) * SIGNAL_TYPES[name].length,
        quality if name == "pdq" else None,
    ),
    st.sampled_from(["md5", "ed2k", "pdq"]),
    st.integers(0, 255),
    st.none() | st.integers(0, 100),
)
ENTRY = st.builds(
    Entry,
    line=st.integers(1, 9),
    signals=st.lists(SIGNAL, max_size=3).map(tuple),
    key=st.sampled_from("ab"),
    classification=st.sampled_from("AB"),
    scheme=st.sampled_from("xy"),
    size=st.none() | st.integers(0, 9),
    fields=st.dictionaries(st.sampled_from("pq"), st.integers(), max_size=2),
)


def entries_of(batch):
    """Take a batch apart again, the signals of an entry in any order."""
    signals = [[] for _ in range(len(batch))]
    for column in batch.columns:
        for place, row in enumerate(column.rows):
            quality = None if column.quality is None else int(column.quality[place])
            signals[row].append((column.type.name, column.values[place].tobytes(), quality))
    return [
        (
            int(batch.lines[row]),
            sorted(((n, v, None if q == 255 else q) for n, v, q in signals[row]), key=repr),
            batch.keys[row],
            batch.classifications[row],
            batch.schemes[row],
            batch.sizes[row],
            batch.fields[row],
        )
        for row in range(len(batch))
    ]


def plain(entry):
    signals = sorted(((s.type.name, s.value, s.quality) for s in entry.signals), key=repr)
    return (
        entry.line, signals, entry.key, entry.classification, entry.scheme, entry.size,
        entry.fields,
    )  # fmt: skip


@given(st.lists(ENTRY, max_size=6), st.data())
def test_choosing_rows_of_a_batch_is_choosing_entries(entries, data):
    batch = batch_of(entries)
    rows = data.draw(st.lists(st.booleans(), min_size=len(entries), max_size=len(entries)))
    chosen = batch.only(np.array(rows, np.bool_))
    wanted = [entry for entry, row in zip(entries, rows, strict=True) if row]
    assert entries_of(chosen) == [plain(entry) for entry in wanted]


def test_bad_rows_go_beside_the_entries():
    bad = BadRow(2, "why", "text")
    batch = batch_of([Entry(1, ()), bad, Entry(3, ())], {"model": "x"})
    assert list(batch.lines) == [1, 3]
    assert batch.bad == (bad,)
    assert batch.about == {"model": "x"}
    assert "text" not in repr(bad)


@pytest.mark.parametrize(("text", "good"), [("", True), ("ü🌊", True), ("a\udcff", False)])
def test_surrogates_are_no_text(text, good):
    assert is_text(text) is good
