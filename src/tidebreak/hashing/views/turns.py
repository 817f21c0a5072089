"""From grids to hashes, and the eight dihedral forms of each from one set of coefficients.

Mirroring a picture negates every other coefficient, transposing it transposes them. So one
transform gives the hashes of all eight forms, as in facebook/ThreatExchange, ``pdq/README.md``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Floats
from tidebreak.hashing.pdq_weights import GRID
from tidebreak.hashing.views.kernels import transform_grids
from tidebreak.model import Turn

_ODD = np.where(np.arange(16) % 2 == 0, np.float32(-1), np.float32(1))
"""The sign that each frequency (1-16) takes when its axis is read backwards."""

_DOWN, _ACROSS = _ODD[:, np.newaxis], _ODD[np.newaxis, :]


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


def turned(blocks: Floats, turn: Turn) -> Floats:
    """Return the coefficients (..., 16, 16) of pictures after ``turn``."""
    if turn >= Turn.TRANSPOSE:
        blocks = blocks.swapaxes(-1, -2)
    if turn in (Turn.MIRROR, Turn.HALF, Turn.RIGHT, Turn.TRANSVERSE):
        blocks = blocks * _ACROSS
    if turn in (Turn.FLIP, Turn.HALF, Turn.LEFT, Turn.TRANSVERSE):
        blocks = blocks * _DOWN
    return blocks


def hashes(blocks: Floats) -> Bytes:
    """Return the PDQ hashes, uint8 (N, 32), of coefficients (N, 16, 16)."""
    flat = blocks.reshape(len(blocks), 256)
    median = np.partition(flat, 127, axis=1)[:, 127:128]
    return np.packbits((flat > median)[:, ::-1], axis=1)


def all_turns(block: Floats) -> Sequence[tuple[Turn, bytes]]:
    """Return each turn of a picture with its hash, from the coefficients (16, 16) of one."""
    forms = np.stack([turned(block, turn) for turn in Turn])
    return [(turn, value.tobytes()) for turn, value in zip(Turn, hashes(forms), strict=True)]


def reads_backwards(turn: Turn) -> tuple[bool, bool]:
    """Return whether columns, and whether rows, are read backwards before a turn transposes.

    Grids read so give the exact hash of the turned picture. `turned` is cheaper and less exact:
    PDQ's filter is not quite symmetric, which costs 7 to 13 bits on average.
    """
    columns = turn in (Turn.MIRROR, Turn.HALF, Turn.LEFT, Turn.TRANSVERSE)
    return columns, turn in (Turn.FLIP, Turn.HALF, Turn.RIGHT, Turn.TRANSVERSE)
