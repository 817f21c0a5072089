"""Votes for the straight lines on which two videos run side by side (a Hough transform)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import kernel, warmable


@kernel
def vote(
    steps: NDArray[np.int64],
    boxes: NDArray[np.float64],
    weights: NDArray[np.float64],
    speeds: NDArray[np.float64],
    least: float,
    width: float,
    votes: NDArray[np.float64],
) -> None:
    """Add up the votes of pairs for each speed and each offset, into ``votes`` (speeds, offsets).

    Pairs are ordered by ``steps`` (n,) int64, the numbers of short stretches of the file: a stretch
    votes once for a line, with the largest of its ``weights`` (n,). ``boxes`` (n, 4) are a pair's
    times: start and end in the file, start and end in the known video. It votes for every line
    known = speed x file + offset that passes through its box; cell k of a speed is for offsets from
    ``least`` + k x ``width`` on.
    """
    cells = votes.shape[1]
    last = np.empty(cells, np.int64)
    best = np.empty(cells, np.float64)
    for s in range(len(speeds)):
        last[:] = -1
        for i in range(len(steps)):
            first = int((boxes[i, 2] - speeds[s] * boxes[i, 1] - least) / width)
            final = int((boxes[i, 3] - speeds[s] * boxes[i, 0] - least) / width)
            for cell in range(max(first, 0), min(final, cells - 1) + 1):
                if last[cell] != steps[i]:
                    last[cell] = steps[i]
                    best[cell] = weights[i]
                    votes[s, cell] += weights[i]
                elif weights[i] > best[cell]:
                    votes[s, cell] += weights[i] - best[cell]
                    best[cell] = weights[i]


def warm() -> None:
    """Compile the kernel."""
    one = np.ones(1)
    vote(np.zeros(1, np.int64), np.ones((1, 4)), one, one, 0.0, 1.0, np.zeros((1, 2)))


warmable(__name__)
