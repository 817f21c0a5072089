"""Completing what words and strips hide, from what surrounds them: of what PDQ sees, most.

Captions and outlined capitals are drawn in pure black and white, which pictures seldom are. Where
a picture has such levels, and a little around, it is taken as unknown; so is a strip along a seam.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.kernels import kernel, warmable
from tidebreak.model import Box

_BLACK, _WHITE = np.float32(5), np.float32(250)
"""Ink is outside these levels, which allow for coding noise."""

_HALO: Final = 1
"""Blocks around ink that it discolours."""

_LEAST, _MOST = 0.005, 0.5
"""Less ink than this share of a picture does not matter; more is not ink."""

_REACH: Final = (0.02, 0.06, 0.16, 0.64)
"""Half the sides of the windows that are averaged, in shares of the height: the smallest that
has anything known in it is taken."""


def without_ink(luma: ReducedLuma) -> tuple[ReducedLuma, float] | None:
    """Return a picture with its ink filled in and the share that was; None without any."""
    blocks = luma.blocks
    known = np.ones(blocks.shape, np.bool_)
    spread((blocks <= _BLACK) | (blocks >= _WHITE), known)
    share = 1 - float(known.mean())
    if not _LEAST <= share <= _MOST:
        return None
    return _filled(luma, known), share


def continued(luma: ReducedLuma, box: Box) -> ReducedLuma:
    """Return a picture of which ``box`` alone is known, the rest filled in."""
    f = luma.factor
    left, top, right, bottom = box
    columns = slice(-(-left // f), right // f if right < luma.width else None)
    rows = slice(-(-top // f), bottom // f if bottom < luma.height else None)
    known = np.zeros(luma.blocks.shape, np.bool_)
    known[rows, columns] = True
    return _filled(luma, known)


def _filled(luma: ReducedLuma, known: NDArray[np.bool_]) -> ReducedLuma:
    blocks = np.empty_like(luma.blocks)
    fill(luma.blocks, known, blocks)
    return ReducedLuma(blocks, luma.factor, luma.width, luma.height)


@kernel
def spread(ink: NDArray[np.bool_], known: NDArray[np.bool_]) -> None:
    """Set ``known`` to False within `_HALO` of every True of ``ink``."""
    rows, columns = ink.shape
    for y in range(rows):
        for x in range(columns):
            if ink[y, x]:
                top, left = max(y - _HALO, 0), max(x - _HALO, 0)
                known[top : y + _HALO + 1, left : x + _HALO + 1] = False


@kernel
def fill(luma: Floats, known: NDArray[np.bool_], filled: Floats) -> None:
    """Fill ``filled`` with ``luma``, means of what is known nearby where it is not.

    Windows are summed in constant time (F. C. Crow, Summed-area tables, SIGGRAPH 1984).
    """
    rows, columns = luma.shape
    sums = np.zeros((rows + 1, columns + 1), np.float64)
    counts = np.zeros((rows + 1, columns + 1), np.int32)
    for y in range(rows):
        total, count = 0.0, 0
        for x in range(columns):
            if known[y, x]:
                total += luma[y, x]
                count += 1
            sums[y + 1, x + 1] = sums[y, x + 1] + total
            counts[y + 1, x + 1] = counts[y, x + 1] + count
    everywhere = sums[rows, columns] / max(counts[rows, columns], 1)
    for y in range(rows):
        for x in range(columns):
            if known[y, x]:
                filled[y, x] = luma[y, x]
                continue
            filled[y, x] = everywhere
            for share in _REACH:
                reach = int(share * rows) + 1
                top, bottom = max(y - reach, 0), min(y + reach + 1, rows)
                left, right = max(x - reach, 0), min(x + reach + 1, columns)
                count = counts[bottom, right] - counts[top, right]
                count += counts[top, left] - counts[bottom, left]
                if count:
                    total = sums[bottom, right] - sums[top, right]
                    filled[y, x] = (total + sums[top, left] - sums[bottom, left]) / count
                    break


def warm() -> None:
    """Compile or load every kernel of this module."""
    none = np.zeros((4, 4), np.bool_)
    spread(none, none.copy())
    fill(np.zeros((4, 4), np.float32), none, np.zeros((4, 4), np.float32))


warmable(__name__)
