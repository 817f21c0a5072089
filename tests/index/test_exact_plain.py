from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.exact_plain import find_plainly, sort_plainly

EDGES = [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
WORDS = st.sampled_from(EDGES) | st.integers(0, (1 << 64) - 1)
SEALS = st.tuples(WORDS, WORDS)


def columns(pairs):
    """Seals and entries as arrays, from a list of ((first, second), entry)."""
    seals = np.array([seal for seal, _ in pairs], np.uint64).reshape(-1, 2)
    return seals, np.array([entry for _, entry in pairs], np.uint32)


def listed(seals, entries):
    return [(tuple(seal), entry) for seal, entry in zip(seals.tolist(), entries.tolist(),
                                                        strict=True)]  # fmt: skip


@settings(deadline=None)
@given(pairs=st.lists(st.tuples(SEALS, st.integers(0, (1 << 32) - 1)), max_size=40),
       bits=st.integers(1, 10))  # fmt: skip
def test_sorted_by_seal_then_entry_and_each_bucket_holds_its_prefix(pairs, bits):
    offsets, seals, entries = sort_plainly(*columns(pairs), bits)
    assert listed(seals, entries) == sorted(pairs)
    assert (offsets.dtype, len(offsets)) == (np.uint32, (1 << bits) + 1)
    assert (offsets[0], offsets[-1]) == (0, len(pairs))
    for bucket in range(1 << bits):
        inside = seals[offsets[bucket] : offsets[bucket + 1], 0].tolist()
        assert inside == sorted(s[0] for s, _ in pairs if s[0] >> (64 - bits) == bucket)


@settings(deadline=None)
@given(data=st.data(), bits=st.integers(1, 10))
def test_finds_what_a_walk_over_all_pairs_finds(data, bits):
    pool = data.draw(st.lists(SEALS, min_size=1, max_size=10))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(pool), st.integers(0, 9)), max_size=30))
    # Neighbours share a half with a seal that is there, or differ from it in one bit.
    wanted = [*pool, *[(a, b ^ 1) for a, b in pool], *[(b, a) for a, b in pool]]
    rows, found = find_plainly(np.array(wanted, np.uint64), *sort_plainly(*columns(pairs), bits))
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == [
        (row, entry)
        for row, seal in enumerate(wanted)
        for entry in sorted(entry for other, entry in pairs if other == seal)
    ]
    assert (rows.dtype, found.dtype) == (np.int64, np.uint32)


def test_no_questions_have_no_answers():
    sorted_ = sort_plainly(np.zeros((3, 2), np.uint64), np.arange(3, dtype=np.uint32), 4)
    rows, found = find_plainly(np.empty((0, 2), np.uint64), *sorted_)
    assert (len(rows), rows.dtype, len(found), found.dtype) == (0, np.int64, 0, np.uint32)


@pytest.mark.parametrize("wrong", [0, 7, 50, (1 << 32) - 1])
def test_an_offset_that_leads_elsewhere_never_gives_a_wrong_entry(rng, wrong):
    seals = rng.integers(0, 1 << 64, (40, 2), dtype=np.uint64)
    offsets, seals, entries = sort_plainly(seals, np.arange(40, dtype=np.uint32), 3)
    truth = set(listed(seals, entries))
    for place in range(len(offsets)):
        damaged = offsets.copy()
        damaged[place] = wrong
        rows, found = find_plainly(seals, damaged, seals, entries)
        assert set(listed(seals[rows], found)) <= truth
