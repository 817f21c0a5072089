"""From grids to hashes, and how the grids of a picture in its eight positions are read.

The signs of its coefficients would give all eight from one grid (facebook/ThreatExchange,
``pdq/README.md``), but PDQ's filter is not quite symmetric: that costs 7 to 13 bits on average. So
turned grids are folded anew, with rows and columns read backwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Floats
from tidebreak.hashing.pdq_weights import GRID
from tidebreak.hashing.views.kernels import transform_grids
from tidebreak.model import Turn


def _cosines() -> Floats:
    frequency, sample = np.arange(1, 17)[:, np.newaxis], np.arange(GRID)
    angle = np.pi / (2 * GRID) * frequency * (2 * sample + 1)
    return (np.sqrt(2 / GRID) * np.cos(angle)).astype(np.float32)


_COSINES = _cosines()


def coefficients(grids: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return PDQ's coefficients (N, 16, 16) and qualities (N,) of ``grids`` (N, 64, 64)."""
    blocks = np.empty((len(grids), 16, 16), np.float32)
    gradients = np.empty(len(grids), np.int64)
    transform_grids(grids, _COSINES, blocks, gradients)
    return blocks, np.minimum(gradients // 90, 100)


def hashes(blocks: Floats) -> Bytes:
    """Return the PDQ hashes, uint8 (N, 32), of coefficients (N, 16, 16)."""
    flat = blocks.reshape(len(blocks), 256)
    median = np.partition(flat, 127, axis=1)[:, 127:128]
    return np.packbits((flat > median)[:, ::-1], axis=1)


def reads_backwards(turn: Turn) -> tuple[bool, bool]:
    """Return whether columns, and whether rows, are read backwards before a turn transposes.

    Turns from `Turn.TRANSPOSE` on transpose the grid that was read so.
    """
    columns = turn in (Turn.MIRROR, Turn.HALF, Turn.LEFT, Turn.TRANSVERSE)
    return columns, turn in (Turn.FLIP, Turn.HALF, Turn.RIGHT, Turn.TRANSVERSE)
