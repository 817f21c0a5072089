"""Undoing what cameras call straightening: a small turn, and a crop that leaves no corner empty.

Nothing in such a picture tells that it was turned. But an angle says how much was cut off: the
largest upright rectangle with the same proportions is kept. So a few angles are tried, with what
was cut off continued from the edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidebreak.hashing.views.level import Levelled, turned_back
from tidebreak.hashing.views.luma import ReducedLuma

_SAMPLES = 288
"""Samples along the longer side: twice as many take four times as long and cost one bit less."""

ANGLES = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5)
"""Degrees that are tried: half a degree more or less costs 3 bits, more than five leaves little."""


def unstraightened(luma: ReducedLuma) -> Iterator[Levelled]:
    """Yield the picture as it was before it was turned by each of `ANGLES`."""
    rows, columns = luma.blocks.shape
    for degrees in ANGLES:
        angle = math.radians(degrees)
        sine, cosine = abs(math.sin(angle)), math.cos(angle)
        kept = min(
            columns / (columns * cosine + rows * sine), rows / (rows * cosine + columns * sine)
        )
        across, down = columns / kept / 2, rows / kept / 2
        yield turned_back(luma, angle, (across, down, across, down), _SAMPLES)
