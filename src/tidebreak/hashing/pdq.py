"""PDQ, the 256-bit perceptual hash of pictures, bit for bit as Meta's reference computes it.

Source: facebook/ThreatExchange, ``pdq/``: luma, two passes of a box filter, 64 × 64 samples, the
16 × 16 lowest cosine coefficients without the constant ones, one bit each for being above their
median. Everything before the median is linear, so it is one small matrix per side
(`tidebreak.hashing.pdq_weights`) applied to the pixels directly.

The folded sum and the reference's running sums differ in their last bits. Where that could turn
a bit of the hash or a unit of the quality, the reference's own order of additions decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.pdq_kernels import exact_grid, folded_grid, transform
from tidebreak.hashing.pdq_weights import GRID

SMALLEST_SIDE = 5
"""The reference gives pictures with a shorter side the hash 0 at quality 0."""

_GRID_DRIFT = np.float32(2e-3)
_BLOCK_DRIFT = np.float32(5e-3)
"""Bounds on how far the reference's rounding moves a grid sample or a coefficient."""


def _cosines() -> Floats:
    i, j = np.arange(16)[:, np.newaxis], np.arange(GRID)
    scale = float(np.float32(np.sqrt(2.0 / GRID)))
    return (scale * np.cos(np.pi / 2 / GRID * (i + 1) * (2 * j + 1))).astype(np.float32)


_MATRIX = _cosines()


@dataclass(frozen=True, slots=True)
class PdqHash:
    """A PDQ hash: 32 bytes in the order of its hexadecimal text, and a quality of 0–100.

    Published advice is to discard a quality below 50 (``pdq/README.md``).
    """

    value: bytes
    quality: int


NOTHING = PdqHash(bytes(32), 0)
"""What the reference answers for a picture that is too small to hash."""


def pdq_rgb(pixels: NDArray[np.uint8]) -> PdqHash:
    """Return the hash of ``pixels``, shape (height, width, 3), uint8, red green blue."""
    return _pdq(pixels)


def pdq_grey(pixels: NDArray[np.uint8]) -> PdqHash:
    """Return the hash of ``pixels``, shape (height, width), uint8: grey."""
    return _pdq(pixels[:, :, np.newaxis])


def dct_block(grid: Floats) -> Floats:
    """Return the 16 × 16 coefficients, float32, of a 64 × 64 grid of samples, float32."""
    block = np.empty((16, 16), np.float32)
    transform(grid, _MATRIX, block)
    return block


def hash_of_grid(grid: Floats) -> PdqHash:
    """Return the hash of a 64 × 64 grid of blurred samples, float32."""
    return PdqHash(bits_of_block(dct_block(grid)), quality_of_grid(grid))


def bits_of_block(block: Floats) -> bytes:
    """Return the 32 bytes of a 16 × 16 block: one bit per coefficient above the median.

    The median is the lower of the two middle values, as the reference takes it; coefficients
    that equal it give 0.
    """
    median = np.partition(block.ravel(), 127)[127]
    return np.packbits((block.ravel() > median)[::-1]).tobytes()


def quality_of_grid(grid: Floats) -> int:
    """Return how much structure a grid has, 0–100: the sum of its gradients, scaled."""
    return _quality(int(sum(np.abs(np.trunc(steps)).sum() for steps in _gradients(grid))))


def _gradients(grid: Floats) -> tuple[Floats, Floats]:
    hundred, full = np.float32(100), np.float32(255)
    return (grid[:-1] - grid[1:]) * hundred / full, (grid[:, :-1] - grid[:, 1:]) * hundred / full


def _quality(gradient: int) -> int:
    return min(gradient // 90, 100)


def _pdq(pixels: NDArray[np.uint8]) -> PdqHash:
    if min(pixels.shape[:2]) < SMALLEST_SIDE:
        return NOTHING
    grid = folded_grid(pixels)
    block = dct_block(grid)
    if not (_bits_are_certain(block) and _quality_is_certain(grid)):
        return hash_of_grid(exact_grid(pixels))
    return PdqHash(bits_of_block(block), quality_of_grid(grid))


def _bits_are_certain(block: Floats) -> bool:
    """Whether no rounding moves a coefficient across the gap above the median."""
    middle = np.partition(block.ravel(), (127, 128))[127:129]
    return bool(middle[1] - middle[0] > 2 * _BLOCK_DRIFT)


def _quality_is_certain(grid: Floats) -> bool:
    """Whether no rounding moves enough gradients across a whole number to change the quality."""
    margin = 2 * _GRID_DRIFT * np.float32(100 / 255)
    total = doubtful = 0
    for steps in _gradients(grid):
        size = np.abs(steps)
        total += int(np.trunc(size).sum())
        nearest = np.rint(size)
        doubtful += int(np.count_nonzero((np.abs(size - nearest) < margin) & (nearest > 0)))
    return _quality(total - doubtful) == _quality(total + doubtful)
