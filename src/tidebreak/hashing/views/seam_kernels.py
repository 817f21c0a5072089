"""The loops that look for straight seams, and for boxes that they bound.

Evidence is float32 in −1 … 1, of shape (rows, columns): how much more the luma changes across a
column than it does a few columns away. It is near 1 all along a seam and about 0 on average in
anything natural, whatever its contrast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.kernels import kernel, reordering_kernel, warmable

_NOISE = np.float32(6)
"""Steps of fewer levels than this are no evidence: coding noise makes them."""

EDGE = np.float32(0.5)
POWER = 0.25

_BIAS = np.float32(0.15)
"""What a seam must exceed on average to go on, so that chance does not prolong it."""


@reordering_kernel
def seam_evidence(luma: Floats, evidence: Floats) -> None:
    """Fill ``evidence`` with that of a vertical seam in each block of ``luma``."""
    rows, columns = luma.shape
    evidence[:] = np.float32(0)
    for y in range(rows):
        line, found = luma[y], evidence[y]
        for x in range(4, columns - 4):
            here = abs(line[x + 1] - line[x - 1])
            near = abs(line[x - 2] - line[x - 4]) + abs(line[x + 4] - line[x + 2])
            near *= np.float32(0.5)
            found[x] = (here - near) / (here + near + _NOISE)


@kernel
def longest_seams(
    evidence: Floats, sums: Floats, starts: NDArray[np.int32], ends: NDArray[np.int32]
) -> None:
    """Find each column's run of rows with the most evidence: its sum, first row and end.

    The largest partial sum, as J. Bentley describes it (Programming Pearls, column 8).
    """
    rows, columns = evidence.shape
    running = np.zeros(columns, np.float32)
    since = np.zeros(columns, np.int32)
    sums[:] = np.float32(0)
    starts[:] = 0
    ends[:] = 0
    for y in range(rows):
        line = evidence[y]
        for x in range(columns):
            total = running[x] + line[x] - _BIAS
            if total <= 0:
                running[x] = np.float32(0)
                since[x] = y + 1
                continue
            running[x] = total
            if total > sums[x]:
                sums[x] = total
                starts[x] = since[x]
                ends[x] = y + 1


@kernel
def bounded_boxes(
    xs: NDArray[np.int32],
    ys: NDArray[np.int32],
    down: Floats,
    across: Floats,
    least: NDArray[np.int32],
    support: float,
    scores: Floats,
    boxes: NDArray[np.int32],
) -> int:
    """Fill ``boxes`` (N, 4) and ``scores`` (N,) with boxes whose sides are seams; return how many.

    ``xs`` and ``ys`` are the seams' places in blocks, ascending, the first and last being the
    picture's own edges. ``down`` (len(xs), rows + 1) and ``across`` (len(ys), columns + 1) hold
    running sums of their evidence. A side other than the picture's edge needs a mean evidence of
    ``support``. ``least`` is the smallest width, height and area in blocks. Boxes are indices
    into ``xs`` and ``ys``: left, top, right, bottom.
    """
    count = 0
    right_edge, lower_edge = len(xs) - 1, len(ys) - 1
    whole = np.float32(xs[right_edge] * ys[lower_edge])
    for left in range(right_edge):
        for right in range(left + 1, right_edge + 1):
            wide = xs[right] - xs[left]
            if wide < least[0]:
                continue
            for top in range(lower_edge):
                for bottom in range(top + 1, lower_edge + 1):
                    tall = ys[bottom] - ys[top]
                    if tall < least[1] or wide * tall < least[2] or count == len(boxes):
                        continue
                    total, weakest = np.float32(0), np.float32(1)
                    for side in (left, right):
                        if side in (0, right_edge):
                            total += EDGE * tall
                            continue
                        found = down[side, ys[bottom]] - down[side, ys[top]]
                        total += found
                        weakest = min(weakest, found / tall)
                    for side in (top, bottom):
                        if side in (0, lower_edge):
                            total += EDGE * wide
                            continue
                        found = across[side, xs[right]] - across[side, xs[left]]
                        total += found
                        weakest = min(weakest, found / wide)
                    if weakest < support or (
                        right - left == right_edge and bottom - top == lower_edge
                    ):
                        continue
                    inside = np.float32(0)
                    for side in range(left + 1, right):
                        inside = max(inside, (down[side, ys[bottom]] - down[side, ys[top]]) / tall)
                    for side in range(top + 1, bottom):
                        inside = max(
                            inside, (across[side, xs[right]] - across[side, xs[left]]) / wide
                        )
                    mean = total / (2 * (wide + tall))
                    scores[count] = mean * (np.float32(1) - inside) * (wide * tall / whole) ** POWER
                    boxes[count, 0], boxes[count, 1] = left, top
                    boxes[count, 2], boxes[count, 3] = right, bottom
                    count += 1
    return count


def warm() -> None:
    """Compile or load every kernel of this module."""
    picture, found = np.zeros((16, 16), np.float32), np.zeros((16, 16), np.float32)
    seam_evidence(picture, found)
    places, sums = np.zeros(16, np.int32), np.zeros(16, np.float32)
    longest_seams(found, sums, places, places.copy())
    edges = np.array([0, 16], np.int32)
    running, least = np.zeros((2, 17), np.float32), np.ones(3, np.int32)
    bounded_boxes(edges, edges, running, running, least, 0.5, sums, np.zeros((16, 4), np.int32))


warmable(__name__)
