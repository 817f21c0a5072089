from __future__ import annotations

import numpy as np
import pytest

from tidebreak.index.spread import gathered, spread


@pytest.mark.usefixtures("either_way")
def test_a_band_gets_one_bit_of_every_row_and_every_column():
    single = np.packbits(np.eye(256, dtype=np.uint8), axis=1, bitorder="little")
    lanes = spread(single.view(np.uint64)).view(np.uint16)
    band = np.argmax(lanes != 0, axis=1)
    bits = np.arange(256)
    for part in (bits // 16, bits % 16):
        assert len(set(zip(band.tolist(), part.tolist(), strict=True))) == 256


@pytest.mark.parametrize("count", [0, 1, 500])
def test_what_is_gathered_is_what_was_spread(rng, count):
    words = rng.integers(0, 1 << 64, (count, 4), dtype=np.uint64)
    assert (gathered(spread(words)) == words).all()
