from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.near_sift import start_of
from tidebreak.index.plan import BANDS, plan


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 16), min_size=BANDS, max_size=BANDS), st.integers(0, 63))
def test_the_start_follows_the_last_place_where_the_running_sum_is_largest(apart, radius):
    bands = np.array([(1 << bits) - 1 for bits in apart], np.uint16)
    limits = plan(radius)[0]
    sums = np.cumsum(np.array(apart) - limits - 1)
    last_largest = max(band for band in range(BANDS) if sums[band] == sums.max())
    assert start_of(*bands.view(np.uint64), limits) == (last_largest + 1) % BANDS
