from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.near_build import build_tables
from tidebreak.index.near_tables import row_bits
from tidebreak.index.plan import BANDS, BUCKETS


def build_band_plainly(lanes, band, bits, offsets, nexts, rows):
    count = len(lanes)
    order = np.argsort(lanes[:, band], kind="stable")
    after = lanes[order, (band + 2) % BANDS].astype(np.uint64) << np.uint64(bits)
    offsets[:] = np.searchsorted(lanes[order, band], np.arange(BUCKETS + 1))
    nexts[:count] = lanes[order, (band + 1) % BANDS]
    nexts[count:] = 0
    rows[:] = (after | order.astype(np.uint64)).astype(np.uint32)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 500), crowded=st.booleans())
def test_tables_are_what_plain_numpy_builds(seed, count, crowded):
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**64, (count, 4), dtype=np.uint64)
    if crowded:
        words &= np.uint64(0x0101010101010101)
    fast, slow = build_tables(words, 2), build_tables(words, 1)
    for band in range(16):
        build_band_plainly(
            words.view(np.uint16), band, row_bits(count),
            slow.offsets[band], slow.nexts[band], slow.rows[band],
        )  # fmt: skip
    assert np.array_equal(fast.offsets, slow.offsets)
    assert np.array_equal(fast.nexts, slow.nexts)
    assert np.array_equal(fast.rows, slow.rows)
