from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.near_plain import scan_plainly
from tidebreak.index.near_scan import scan


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    count=st.integers(0, 70) | st.sampled_from([2047, 2048, 2049, 4100]),
    radius=st.integers(0, 256),
)
def test_everything_within_any_radius_is_found(seed, count, radius):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
    queries = np.concatenate([words[-2:], rng.integers(0, 2**64, (1, 4), dtype=np.uint64)])
    out = np.empty(3 * count, np.uint64)
    made = scan(queries, words, radius, out)
    assert np.array_equal(np.sort(out[:made]), scan_plainly(queries, words, radius))


@pytest.mark.parametrize("room", [0, 1, 7])
def test_results_beyond_the_room_are_counted_and_not_written(room):
    words = np.zeros((9, 4), np.uint64)
    out = np.full(10, 2**64 - 1, np.uint64)
    assert scan(words[:2], words, 0, out[:room]) == 18
    assert (out[room:] == 2**64 - 1).all()
