"""PDQ's blur and decimation of one image side, folded into 64 short rows of weights.

PDQ (facebook/ThreatExchange, ``pdq/README.md``) blurs with two passes of a box filter and then
takes 64 samples along each side. Both are linear and separable, so along one side they are one
64 × side matrix whose rows are short tents: a picture becomes PDQ's 64 × 64 grid by
``rows @ luma @ columns.T``. Expressed in the cosines of each block of samples, the same matrix
applies to JPEG coefficients without any of the drift that hashing a thumbnail brings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

GRID = 64
"""Samples along each side that PDQ keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """A banded matrix: row ``o`` has ``counts[o]`` weights from column ``starts[o]`` on.

    ``starts`` and ``counts`` are int32 of shape (64,). ``weights`` is float32 of shape
    (terms, 64, longest row), zero beyond the counts: one term for samples, several for blocks
    that are described by more than one coefficient.
    """

    starts: NDArray[np.int32]
    counts: NDArray[np.int32]
    weights: NDArray[np.float32]


def window(side: int) -> int:
    """Return the width in samples of the box filter along a side of ``side`` samples."""
    return (side + 2 * GRID - 1) // (2 * GRID)


def positions(side: int) -> NDArray[np.int64]:
    """Return the 64 positions that the decimation keeps, as the reference computes them."""
    return (((np.arange(GRID) + 0.5) * side) / GRID).astype(np.int64)


@lru_cache(maxsize=512)
def weights(side: int) -> Taps:
    """Return the weights of all samples of a side, one term."""
    starts, counts, rows = _tents(side)
    return Taps(starts, counts, rows.astype(np.float32)[np.newaxis])


@lru_cache(maxsize=512)
def cosine_weights(side: int, terms: int, *, mirrored: bool = False) -> Taps:
    """Return weights for the lowest ``terms`` coefficients of orthonormal 8-point DCT blocks.

    ``mirrored`` weights give the rows of the side read backwards, for turned pictures.
    """
    k, x = np.arange(terms)[:, np.newaxis], np.arange(8)
    basis = np.cos((2 * x + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    return _in_blocks(side, basis, mirrored=mirrored)


def _tents(side: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    """Return starts, counts and rows of box ∘ box at the 64 positions.

    The box around sample k averages k − back … k + ahead, clipped to the side. Sample x therefore
    enters output o once for every k in o's box that has x in its own, divided by both lengths.
    """
    width = window(side)
    ahead = (width + 2) // 2 - 1
    back = width - 1 - ahead
    last = side - 1
    k = np.arange(side)
    low, high = np.maximum(k - back, 0), np.minimum(k + ahead, last)
    share = np.concatenate([[0.0], np.cumsum(1.0 / (high - low + 1))])
    centre = positions(side)
    first_k, last_k = low[centre, np.newaxis], high[centre, np.newaxis]
    starts = low[first_k[:, 0]]
    counts = high[last_k[:, 0]] - starts + 1
    x = starts[:, np.newaxis] + np.arange(counts.max())
    top = np.minimum(last_k, x + back)
    bottom = np.maximum(first_k, x - ahead)
    inside = (top >= bottom) & (x < (starts + counts)[:, np.newaxis])
    sums = share[np.where(inside, top + 1, 0)] - share[np.where(inside, bottom, 0)]
    rows = np.where(inside, sums / (last_k - first_k + 1), 0.0)
    return starts.astype(np.int32), counts.astype(np.int32), rows


def _in_blocks(side: int, basis: NDArray[np.float64], *, mirrored: bool) -> Taps:
    """Express the tents in ``basis``, shape (terms, block length), block by block."""
    starts, counts, rows = _tents(side)
    if mirrored:
        starts = (side - starts - counts).astype(np.int32)
        backwards = counts[:, np.newaxis] - 1 - np.arange(rows.shape[1])
        rows = np.where(backwards >= 0, np.take_along_axis(rows, backwards, axis=1), 0.0)
    block = basis.shape[1]
    first = starts // block
    blocks = (starts + counts - 1) // block - first + 1
    padded = np.zeros((GRID, int(blocks.max()) * block))
    target = (starts - first * block)[:, np.newaxis] + np.arange(rows.shape[1])
    used = np.arange(rows.shape[1]) < counts[:, np.newaxis]
    padded[np.nonzero(used)[0], target[used]] = rows[used]
    folded = padded.reshape(GRID, -1, block) @ basis.T
    ordered = np.ascontiguousarray(folded.transpose(2, 0, 1), dtype=np.float32)
    return Taps(first.astype(np.int32), blocks.astype(np.int32), ordered)
