"""A picture's luma, reduced once by a whole factor: what every view is hashed from.

Resampling a picture to a standard size moves its hash by 6 to 14 bits. Means over whole blocks
do not: PDQ's own weights for the *native* pixels are folded onto them, so the hash of any box
stays within a bit or so of the one that its pixels would give (``docs/views.md``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Floats, readonly_rows
from tidebreak.hashing.pdq_weights import GRID
from tidebreak.hashing.views.kernels import box_taps, fold_columns, fold_rows, reduce_luma
from tidebreak.model import Box

LONGEST = 768
"""The reduced picture's longer side is at most this; more would add time, not accuracy."""

_LEAST = 2 * GRID
"""No side is reduced to less than two samples for each of PDQ's."""

Taps = tuple[NDArray[np.int32], NDArray[np.int32], Floats]
"""First blocks (64,), numbers of blocks (64,) and weights (64, most blocks)."""


@dataclass(frozen=True, slots=True, eq=False)
class ReducedLuma:
    """The luma of a picture of ``width`` × ``height`` pixels.

    ``blocks`` is float32 of shape (rows, columns): means of ``factor`` × ``factor`` pixels, at
    the right and lower edges of those that there are.
    """

    blocks: Floats
    factor: int
    width: int
    height: int

    @classmethod
    def of(cls, pixels: Bytes) -> ReducedLuma:
        """Reduce ``pixels``, uint8 of shape (height, width) or (height, width, 3)."""
        height, width = pixels.shape[:2]
        factor = max(1, min(-(-max(height, width) // LONGEST), min(height, width) // _LEAST))
        blocks = np.empty((-(-height // factor), -(-width // factor)), np.float32)
        deep = pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]
        reduce_luma(readonly_rows(deep), factor, blocks)
        return cls(blocks, factor, width, height)

    @classmethod
    def of_blocks(cls, blocks: Floats, factor: int, width: int, height: int) -> ReducedLuma:
        """Take block means that somebody else made: a scaled decode, or a JPEG's DC terms.

        Blocks at the right and lower edges may reach beyond the picture, or be missing.
        """
        rows, columns = -(-height // factor), -(-width // factor)
        return cls(np.ascontiguousarray(blocks[:rows, :columns], np.float32), factor, width, height)

    @property
    def whole(self) -> Box:
        """The box that holds the whole picture."""
        return 0, 0, self.width, self.height

    def part(self, box: Box) -> tuple[ReducedLuma, Box]:
        """Return what lies inside ``box`` as a picture of its own, and the box that it shows.

        Only whole blocks are taken, so that nothing from outside shows.
        """
        f = self.factor
        left, top = -(-box[0] // f), -(-box[1] // f)
        right, bottom = box[2] // f, box[3] // f
        if box[2] >= self.width:
            right = self.blocks.shape[1]
        if box[3] >= self.height:
            bottom = self.blocks.shape[0]
        shown = left * f, top * f, min(right * f, self.width), min(bottom * f, self.height)
        blocks = np.ascontiguousarray(self.blocks[top:bottom, left:right])
        return ReducedLuma(blocks, f, shown[2] - shown[0], shown[3] - shown[1]), shown

    def across(self, low: int, high: int, *, backwards: bool = False) -> Taps:
        """Return PDQ's weights for columns ``low`` to ``high``, in pixels, as `Taps`.

        They may reach beyond the picture, which its outermost columns continue.
        """
        return self._taps(low, high, self.blocks.shape[1], backwards=backwards)

    def down(self, low: int, high: int, *, backwards: bool = False) -> Floats:
        """Return the product of the rows ``low`` to ``high`` with PDQ's weights.

        It is what `gridded` takes: any number of grids share it.
        """
        taps = self._taps(low, high, self.blocks.shape[0], backwards=backwards)
        rows = np.empty((self.blocks.shape[1], GRID), np.float32)
        fold_rows(self.blocks, *taps, rows)
        return rows

    def _taps(self, low: int, high: int, blocks: int, *, backwards: bool) -> Taps:
        longest = 2 * ((high - low + 127) // 128) // self.factor + 3
        starts, counts = np.empty(GRID, np.int32), np.empty(GRID, np.int32)
        weights = np.empty((GRID, longest), np.float32)
        box_taps(low, high, blocks, self.factor, backwards, starts, counts, weights)
        return starts, counts, weights

    def grid(self, box: Box) -> Floats:
        """Return PDQ's 64 × 64 grid of the pixels in ``box``."""
        left, top, right, bottom = box
        return gridded(self.down(top, bottom), self.across(left, right))


def gridded(rows: Floats, across: Taps) -> Floats:
    """Return the 64 × 64 grid of rows that `ReducedLuma.down` made and ``across`` weighs."""
    grid = np.empty((GRID, GRID), np.float32)
    fold_columns(rows, *across, grid)
    return grid
