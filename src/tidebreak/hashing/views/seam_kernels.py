"""The loops that look for straight seams, and for boxes that they bound.

Evidence is float32 in −1 … 1, of shape (rows, columns): how much more the luma changes across a
column than it does a few columns away. It is near 1 all along a seam and about 0 on average in
anything natural, whatever its contrast.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.kernels import inlined, kernel, reordering_kernel, warmable

Places = NDArray[np.int32]

_NOISE = np.float32(6)
"""Steps of fewer levels than this are no evidence: coding noise makes them."""

_SUPPORT = np.float32(0.2)
"""Mean evidence that each side of a box needs: that of a seam visible along a third of it."""

_EDGE = np.float32(0.5)
"""What the picture's own edge counts for as a side of a box: less than a seam that is seen."""

_BIAS = np.float32(0.15)
"""What a seam must exceed on average to go on, so that chance does not prolong it."""


@reordering_kernel
def seam_evidence(luma: Floats, evidence: Floats) -> None:
    """Fill ``evidence`` with that of a vertical seam in each block of ``luma``."""
    rows, columns = luma.shape
    evidence[:] = np.float32(0)
    for y in range(rows):
        line, found = luma[y], evidence[y, 4:]
        # Places count from four columns to the left: none is negative, so many go at once.
        for x in range(columns - 8):
            here = abs(line[x + 5] - line[x + 3])
            near = abs(line[x + 2] - line[x]) + abs(line[x + 8] - line[x + 6])
            near *= np.float32(0.5)
            found[x] = (here - near) / (here + near + _NOISE)


@kernel
def longest_seams(evidence: Floats, sums: Floats, starts: Places, ends: Places) -> None:
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
            # Stores without branches, so that many columns are done at once.
            total = running[x] + line[x] - _BIAS
            ended = total <= np.float32(0)
            total = np.float32(0) if ended else total
            start = np.int32(y + 1) if ended else since[x]
            better = total > sums[x]
            running[x] = total
            since[x] = start
            sums[x] = total if better else sums[x]
            starts[x] = start if better else starts[x]
            ends[x] = np.int32(y + 1) if better else ends[x]


@kernel
def bounded_boxes(
    xs: Places,
    ys: Places,
    down: Floats,
    across: Floats,
    least: Places,
    scores: Floats,
    boxes: Places,
) -> int:
    """Fill ``boxes`` (N, 4) and ``scores`` (N,) with boxes whose sides are seams; return how many.

    ``xs`` and ``ys`` are the seams' places in blocks, ascending, the first and last being the
    picture's own edges. ``down`` (len(xs), rows + 1) and ``across`` (len(ys), columns + 1) hold
    running sums of their evidence. ``least`` is the smallest width, height and area in blocks.
    Boxes are indices into ``xs`` and ``ys``: left, top, right, bottom.
    """
    count = 0
    for left in range(len(xs) - 1):
        for right in range(left + 1, len(xs)):
            wide = xs[right] - xs[left]
            for top in range(len(ys) - 1):
                for bottom in range(top + 1, len(ys)):
                    tall = ys[bottom] - ys[top]
                    large = wide >= least[0] and tall >= least[1] and wide * tall >= least[2]
                    if not large or count == len(boxes):
                        continue
                    score = _score(xs, ys, down, across, left, top, right, bottom)
                    if score > 0:
                        scores[count] = score
                        boxes[count, 0], boxes[count, 1] = left, top
                        boxes[count, 2], boxes[count, 3] = right, bottom
                        count += 1
    return count


@inlined
def _score(
    xs: Places,
    ys: Places,
    down: Floats,
    across: Floats,
    left: int,
    top: int,
    right: int,
    bottom: int,
) -> float:
    """Return how much a box looks like a picture of its own, 0 when it does not.

    All four sides must be seams or edges, and no seam may run through it: then it is two.
    """
    wide, tall = xs[right] - xs[left], ys[bottom] - ys[top]
    total = weakest = inside = np.float32(0)
    seams = 0
    weakest = np.float32(1)
    for x in range(left, right + 1):
        mean = (down[x, ys[bottom]] - down[x, ys[top]]) / tall
        if left < x < right:
            inside = max(inside, mean)
        elif x in (0, len(xs) - 1):
            total += _EDGE * tall
        else:
            total += mean * tall
            weakest = min(weakest, mean)
            seams += 1
    for y in range(top, bottom + 1):
        mean = (across[y, xs[right]] - across[y, xs[left]]) / wide
        if top < y < bottom:
            inside = max(inside, mean)
        elif y in (0, len(ys) - 1):
            total += _EDGE * wide
        else:
            total += mean * wide
            weakest = min(weakest, mean)
            seams += 1
    if seams == 0 or weakest < _SUPPORT:
        return 0.0
    share = wide * tall / (xs[-1] * ys[-1])
    return total / (2 * (wide + tall)) * (1 - inside) * np.sqrt(np.sqrt(share))


def warm() -> None:
    """Compile or load every kernel of this module."""
    picture, found = np.zeros((16, 16), np.float32), np.zeros((16, 16), np.float32)
    seam_evidence(picture, found)
    places, sums = np.zeros(16, np.int32), np.zeros(16, np.float32)
    longest_seams(found, sums, places, places.copy())
    edges = np.array([0, 16], np.int32)
    running, least = np.zeros((2, 17), np.float32), np.ones(3, np.int32)
    bounded_boxes(edges, edges, running, running, least, sums, np.zeros((16, 4), np.int32))


warmable(__name__)
