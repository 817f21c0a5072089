from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.near_build import build_tables
from tidebreak.index.near_plain import scan_plainly
from tidebreak.index.near_probe import probe_batch, probe_each
from tidebreak.index.near_sift import WAITING

BOTH = pytest.mark.parametrize("probe", [probe_each, probe_batch])


@BOTH
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    radius=st.integers(0, 63),
    queries=st.sampled_from([1, 3, 150]),
    share=st.floats(0, 0.5),
)
def test_everything_within_the_radius_is_found_once(probe, seed, radius, queries, share):
    # Bits that are nearly always 0 crowd the buckets.
    entries = np.packbits(np.random.default_rng(seed).random((300, 256)) < share, axis=1)
    words = entries.view(np.uint64)
    asked = words[:queries] ^ np.uint64(seed % 64)
    out = np.empty(300 * 150, np.uint64)
    made = probe(asked, words, build_tables(words, 1), radius, out)
    assert np.array_equal(np.sort(out[:made]), scan_plainly(asked, words, radius))


@BOTH
def test_more_finds_than_may_wait_are_settled_in_between(probe):
    words = np.zeros((3 * WAITING + 7, 4), np.uint64)
    out = np.empty(len(words), np.uint64)
    assert probe(words[:1], words, build_tables(words, 1), 31, out) == len(words)
    assert np.array_equal(np.sort(out), np.arange(len(words)))


@BOTH
def test_results_beyond_the_room_are_counted_and_not_written(probe):
    words = np.zeros((100, 4), np.uint64)
    out = np.full(10, 2**64 - 1, np.uint64)
    assert probe(words[:2], words, build_tables(words, 1), 0, out[:5]) == 200
    assert (out[5:] == 2**64 - 1).all()


@BOTH
def test_rows_and_offsets_of_a_damaged_file_lead_nowhere(probe, rng):
    words = rng.integers(0, 2**64, (500, 4), dtype=np.uint64)
    tables = build_tables(words, 1)
    tables.rows[:] = rng.integers(0, 2**32, tables.rows.shape, dtype=np.uint32)
    tables.offsets[:] = rng.integers(0, 2**32, tables.offsets.shape, dtype=np.uint32)
    out = np.empty(100, np.uint64)
    made = probe(words[:50], words, tables, 31, out)
    rows = out[: min(made, 100)] & np.uint64(0xFFFFFFFF)
    assert (rows < 500).all()
