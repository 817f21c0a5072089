from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.near_build import build_band_plainly, build_tables
from tidebreak.index.near_tables import row_bits


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


def test_a_row_number_always_has_its_bits():
    for count in (1, 65536, 65537, 1 << 20, (1 << 20) + 1, (1 << 32) - 1):
        assert count - 1 < 1 << row_bits(count)
        assert 16 <= row_bits(count) <= 32
