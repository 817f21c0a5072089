from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.index.spread import spread, spread_plainly
from tidebreak.index.spread_kernels import spread_fast


@given(seed=st.integers(0, 1 << 30), count=st.integers(0, 9))
def test_the_kernel_does_what_plain_numpy_does_and_keeps_distances(seed, count):
    words = np.random.default_rng(seed).integers(0, 2**64, (count, 4), dtype=np.uint64)
    out = spread_fast(words, np.empty_like(words))
    assert np.array_equal(out, spread_plainly(words))
    kept = words.copy()
    assert np.array_equal(spread_fast(kept, kept), out)
    before = np.bitwise_count(words[:, None] ^ words).sum(axis=2)
    assert np.array_equal(np.bitwise_count(out[:, None] ^ out).sum(axis=2), before)


@pytest.mark.usefixtures("either_way")
def test_a_band_gets_one_bit_of_every_row_and_every_column():
    single = np.packbits(np.eye(256, dtype=np.uint8), axis=1, bitorder="little")
    lanes = spread(single.view(np.uint64)).view(np.uint16)
    band = np.argmax(lanes != 0, axis=1)
    bits = np.arange(256)
    for part in (bits // 16, bits % 16):
        assert len(set(zip(band.tolist(), part.tolist(), strict=True))) == 256
