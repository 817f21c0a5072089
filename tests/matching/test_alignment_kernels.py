from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.matching.alignment_kernels import vote


def plainly(steps, boxes, weights, speeds, least, width, cells):
    """For each line, the sum over stretches of the largest weight of a box that it passes."""
    votes = np.zeros((len(speeds), cells))
    for s, speed in enumerate(speeds):
        first = ((boxes[:, 2] - speed * boxes[:, 1] - least) / width).astype(int)
        final = ((boxes[:, 3] - speed * boxes[:, 0] - least) / width).astype(int)
        for cell in range(cells):
            passed = (first <= cell) & (cell <= final)
            for step in np.unique(steps[passed]):
                votes[s, cell] += weights[passed & (steps == step)].max()
    return votes


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 60), cells=st.integers(1, 40))
def test_votes_as_counting_line_by_line_does(seed, count, cells):
    random = np.random.default_rng(seed)
    start = np.sort(random.uniform(0, 5000, count))
    known = random.uniform(0, 5000, count)
    hold = random.uniform(0, 1000, (2, count))
    boxes = np.stack([start, start + hold[0], known, known + hold[1]], axis=1)
    steps = boxes[:, 0].astype(np.int64) // 500
    weights, speeds = random.uniform(0.1, 1, count), np.array([0.8, 1.0, 1.3])
    votes = np.zeros((3, cells))
    vote(steps, boxes, weights, speeds, -9000.0, 300.0, votes)
    assert np.allclose(votes, plainly(steps, boxes, weights, speeds, -9000.0, 300.0, cells))
