from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.ranking import greedy_kernels

WIDTH, LOW = 5, 1

LIBRARIES = st.lists(
    st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=8, unique_by=lambda p: p[0]),
    min_size=1, max_size=12,
)  # fmt: skip
WEIGHTS = st.lists(st.integers(0, 6), min_size=13, max_size=13)


def packed(libraries):
    starts = np.cumsum([0, *map(len, libraries)])
    flat = [file << WIDTH | low for library in libraries for file, low in library]
    return starts, np.array(flat, np.uint32)


def plainly(libraries, weights, most):
    """The definition: look at everybody each time, take the first of the best."""
    left, chosen = list(weights), []
    while len(chosen) < most:
        gains = [sum(left[file] for file, low in library if low) for library in libraries]
        best = max(range(len(gains)), key=lambda actor: (gains[actor], -actor))
        if not gains[best]:
            break
        chosen.append((best, gains[best]))
        for file, low in libraries[best]:
            if low:
                left[file] = 0
    return chosen


@settings(deadline=None)
@given(LIBRARIES, WEIGHTS, st.integers(1, 12))
def test_lazy_greedy_is_greedy(libraries, weights, most):
    starts, pairs = packed(libraries)
    given_weights = np.array(weights)
    values = np.zeros(len(libraries), np.int64)
    greedy_kernels.values(starts, pairs, given_weights, WIDTH, LOW, values)
    assert values.tolist() == [
        sum(weights[file] for file, low in library if low) for library in libraries
    ]
    chosen, gains = np.zeros(most, np.int64), np.zeros(most, np.int64)
    made = greedy_kernels.greedy(
        starts, pairs, given_weights.copy(), WIDTH, LOW,
        np.arange(len(libraries)), values, chosen, gains,
    )  # fmt: skip
    found = list(zip(chosen[:made].tolist(), gains[:made].tolist(), strict=True))
    assert found == plainly(libraries, weights, most)


def test_kernels_can_be_warmed():
    greedy_kernels.warm()
