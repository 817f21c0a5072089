"""PDQ straight from the coefficients of a JPEG, without decoding its pixels.

A block's lowest DCT coefficients say all that PDQ's wide filter can see of it: luma is linear in
them, and so is everything up to PDQ's median. So this reads only those few coefficients of the
luma component and applies the filter in their basis (`pdq_weights.cosine_weights`). What is lost
is the clamping of colours to 0-255 and the finest detail: a few bits at most, on sides from
`SMALLEST_SIDE` on.

Baseline, extended and progressive Huffman JPEGs are read, grey or YCbCr, with 8 bits and luma at
full resolution. Anything else, and anything damaged, is left to the full decoder.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.jpeg_huffman import warm as warm_huffman
from tidebreak.hashing.jpeg_luma import Luma, read_luma
from tidebreak.hashing.jpeg_markers import Corrupt, Refused
from tidebreak.hashing.jpeg_progressive import decode_ac_first, decode_ac_refining, decode_dc
from tidebreak.hashing.jpeg_sequential import decode_sequential
from tidebreak.hashing.jpeg_zigzag import ZIGZAG
from tidebreak.hashing.pdq import PdqHash, bits_of_block, dct_block, quality_of_grid
from tidebreak.hashing.pdq_weights import GRID, Taps, cosine_weights
from tidebreak.kernels import reordering_kernel, warmable

SMALLEST_SIDE = 640
"""Below, PDQ's filter is narrow enough to see more of a block than is read of it."""

_CLOSE, _CROWD = 0.5, 16
"""The error of a coefficient is 0.1 on most pictures and 0.5 on the worst."""


def luma_of(data: bytes) -> Luma | None:
    """Return the lowest luma coefficients of the JPEG in ``data``.

    None where the full decoder has to look at it: too small, damaged, or not a kind read here.
    """
    try:
        luma = read_luma(data)
    except Refused:
        return None
    return None if min(luma.width, luma.height) < SMALLEST_SIDE else luma


def pdq_from_luma(luma: Luma, orientation: int = 1) -> PdqHash | None:
    """Return the hash of a JPEG, turned as EXIF ``orientation`` (1-8) says.

    None for a picture so even that more than a few bits could differ.
    """
    grid = grid_of(luma, orientation)
    block = dct_block(grid)
    return None if _is_crowded(block) else PdqHash(bits_of_block(block), quality_of_grid(grid))


def _is_crowded(block: NDArray[np.float32]) -> bool:
    """Whether so many coefficients lie close to their median that a few bits could turn."""
    median = np.median(block)
    return int(np.count_nonzero(np.abs(block - median) < _CLOSE)) > _CROWD


def is_corrupt(data: bytes) -> bool:
    """Whether the data of a JPEG break off or make no sense, which most decoders do not tell."""
    try:
        read_luma(data)
    except Corrupt:
        return True
    except Refused:
        return False
    return False


def grid_of(luma: Luma, orientation: int = 1) -> NDArray[np.float32]:
    """Return PDQ's 64 × 64 grid of samples of the picture, turned upright."""
    terms = int(ZIGZAG[: len(luma.kept)].max()) + 1
    rows = cosine_weights(luma.height, terms, mirrored=orientation in (3, 4, 6, 7))
    columns = cosine_weights(luma.width, terms, mirrored=orientation in (2, 3, 7, 8))
    grid = np.empty((GRID, GRID), np.float32)
    _project(luma.kept, luma.steps, ZIGZAG, *_parts(rows), *_parts(columns), grid)
    return np.ascontiguousarray(grid.T) if orientation >= 5 else grid


def _parts(taps: Taps) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    return taps.starts, taps.counts, taps.weights


@reordering_kernel
def _project(
    kept: NDArray[np.int16],
    steps: NDArray[np.float32],
    zigzag: NDArray[np.int64],
    y_starts: NDArray[np.int32],
    y_counts: NDArray[np.int32],
    y_weights: NDArray[np.float32],
    x_starts: NDArray[np.int32],
    x_counts: NDArray[np.int32],
    x_weights: NDArray[np.float32],
    grid: NDArray[np.float32],
) -> None:
    """Fill ``grid`` (64, 64) from coefficients: the sum over both frequencies, plus mid-grey."""
    columns = kept.shape[2]
    sums = np.empty((x_weights.shape[0], columns), np.float32)
    for row in range(64):
        sums[:] = np.float32(0)
        for z in range(kept.shape[0]):
            v, u = zigzag[z]
            into = sums[u]
            for k in range(y_counts[row]):
                weight = y_weights[v, row, k] * steps[z]
                blocks = kept[z, y_starts[row] + k]
                for j in range(columns):
                    into[j] += weight * np.float32(blocks[j])
        for column in range(64):
            total = np.float32(128)
            start = x_starts[column]
            for u in range(x_weights.shape[0]):
                for k in range(x_counts[column]):
                    total += sums[u, start + k] * x_weights[u, column, k]
            grid[row, column] = total


def warm() -> None:
    """Compile or load every kernel behind this module."""
    warm_huffman()
    none = (np.zeros(1, np.uint32), np.zeros((1, 2), np.int64), 0, 0, 0)
    entries = np.zeros((8, 4096), np.uint16)
    codes = (np.zeros((8, 16), np.uint8), np.zeros((8, 256), np.uint8))
    kept, nonzero = np.zeros((6, 1, 1), np.int16), np.zeros((1, 1), np.uint64)
    layout = np.zeros((1, 5), np.int64)
    decode_sequential(*none, layout, entries, entries, *codes, kept)
    decode_dc(*none, layout, entries, *codes, False, 0, kept)
    for decode in (decode_ac_first, decode_ac_refining):
        decode(*none, 1, 5, 0, entries[0], codes[0][0], codes[1][0], kept, nonzero)
    grid_of(Luma(GRID, GRID, np.zeros((6, 8, 8), np.int16), np.ones(6, np.float32)))


warmable(__name__)
