from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.index.plan import BANDS, FLIPS, MASKS, SIZES, WIDEST, lookups, plan, thresholds


@pytest.mark.parametrize("radius", range(WIDEST + 1))
def test_thresholds_add_up_to_the_radius(radius):
    assert sum(t + 1 for t in thresholds(radius)) == radius + 1
    assert max(thresholds(radius)) - min(thresholds(radius)) <= 1


def test_masks_are_all_ways_to_flip_up_to_three_of_sixteen_bits():
    wanted = [
        {sum(1 << bit for bit in bits) for bits in combinations(range(16), count)}
        for count in range(4)
    ]
    for count in range(4):
        assert set(MASKS[count == FLIPS].tolist()) == wanted[count]
        assert SIZES[count + 1] == sum(map(len, wanted[: count + 1]))
    assert (np.diff(FLIPS) >= 0).all()


def test_seventeen_lookups_a_band_at_31():
    assert lookups(31) == 272
    assert set(plan(31)[0]) == {1}
    assert set(plan(31)[1]) == {3}
    assert set(plan(31)[2]) == {5}


@given(data=st.data())
def test_within_the_radius_exactly_the_start_as_defined_keeps_all_limits(data):
    radius = data.draw(st.integers(0, WIDEST))
    apart = np.zeros(BANDS, np.int64)
    for band in data.draw(st.lists(st.integers(0, BANDS - 1), max_size=radius)):
        apart[band] = min(16, apart[band] + 1)
    limits = plan(radius)
    sums = np.cumsum(apart - limits[0] - 1)
    start = (int(np.flatnonzero(sums == sums.max())[-1]) + 1) % BANDS
    ring = np.concatenate([apart, apart])
    for bands in range(3):
        assert ring[start : start + bands + 1].sum() <= limits[bands, start]
