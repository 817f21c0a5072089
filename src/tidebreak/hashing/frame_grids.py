"""PDQ's grids of a frame and of boxes in it, in any of the eight turns, exactly.

Turning a grid, or its coefficients, is cheaper, but PDQ's filter is not quite symmetric: by the
size of a frame that costs 0 to 30 bits and more. So each turn is folded on its own, with PDQ's
weights read backwards where the turned picture would be. Grids are float32 of shape (64, 64).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tidebreak.hashing.arrays import Bytes, Floats, readonly_rows
from tidebreak.hashing.pdq_kernels import fold
from tidebreak.hashing.pdq_weights import GRID, Taps, weights
from tidebreak.hashing.views.luma import ReducedLuma, gridded
from tidebreak.hashing.views.luma import Taps as BlockTaps
from tidebreak.hashing.views.turns import reads_backwards
from tidebreak.model import Box, Turn


def then(first: Turn, second: Turn) -> Turn:
    """Return the one turn that does what ``first`` and then ``second`` do."""
    (columns, rows, transposed), (more_columns, more_rows, again) = _parts(first), _parts(second)
    if transposed:
        more_columns, more_rows = more_rows, more_columns
    return _BY_PARTS[columns ^ more_columns, rows ^ more_rows, transposed ^ again]


def full_grid(pixels: Bytes, turn: Turn) -> Floats:
    """Return the grid of the whole frame after ``turn``.

    ``pixels`` is uint8 (height, width) or (height, width, 3).
    """
    deep = pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]
    columns, rows = reads_backwards(turn)
    y, x = _taps(deep.shape[0], backwards=rows), _taps(deep.shape[1], backwards=columns)
    grid = np.empty((GRID, GRID), np.float32)
    fold(
        readonly_rows(deep),
        *(y.starts, y.counts, y.weights[0]),
        *(x.starts, x.counts, x.weights[0]),
        grid,
    )
    return _transposed(grid, turn)


class BoxGrids:
    """Grids of boxes in one reduced frame; what several of them share is computed once."""

    def __init__(self) -> None:
        self._down: dict[tuple[int, int, int, bool], Floats] = {}
        self._across: dict[tuple[int, int, int, bool], BlockTaps] = {}

    def grid(self, luma: ReducedLuma, box: Box, turn: Turn) -> Floats:
        """Return the grid of ``box``, which may reach beyond ``luma``, after ``turn``."""
        left, top, right, bottom = box
        columns, rows = reads_backwards(turn)
        down, across = (id(luma), top, bottom, rows), (id(luma), left, right, columns)
        if down not in self._down:
            self._down[down] = luma.down(top, bottom, backwards=rows)
        if across not in self._across:
            self._across[across] = luma.across(left, right, backwards=columns)
        return _transposed(gridded(self._down[down], self._across[across]), turn)


def _transposed(grid: Floats, turn: Turn) -> Floats:
    return np.ascontiguousarray(grid.T) if turn >= Turn.TRANSPOSE else grid


@lru_cache(maxsize=64)
def _taps(side: int, *, backwards: bool) -> Taps:
    """Return PDQ's weights along a side, ``backwards`` those of the side read backwards."""
    forwards = weights(side)
    if not backwards:
        return forwards
    starts = (side - forwards.starts - forwards.counts).astype(np.int32)
    turned = np.zeros_like(forwards.weights)
    for row, count in enumerate(forwards.counts):
        turned[0, row, :count] = forwards.weights[0, row, :count][::-1]
    return Taps(starts, forwards.counts, turned)


def _parts(turn: Turn) -> tuple[bool, bool, bool]:
    """Return whether ``turn`` reads columns and rows backwards, and transposes after that."""
    return (*reads_backwards(turn), turn >= Turn.TRANSPOSE)


_BY_PARTS = {_parts(turn): turn for turn in Turn}
