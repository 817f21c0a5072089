"""Hashes against Meta's own implementation, and the eight positions against turned pixels."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from tidebreak.hashing.pdq import pdq_grey
from tidebreak.hashing.pdq_kernels import exact_grid
from tidebreak.hashing.views.luma import ReducedLuma, gridded
from tidebreak.hashing.views.turns import coefficients, hashes, reads_backwards
from tidebreak.model import Turn

TURNED = {
    Turn.NONE: lambda p: p,
    Turn.MIRROR: np.fliplr,
    Turn.FLIP: np.flipud,
    Turn.HALF: lambda p: np.rot90(p, 2),
    Turn.TRANSPOSE: np.transpose,
    Turn.LEFT: np.rot90,
    Turn.RIGHT: lambda p: np.rot90(p, -1),
    Turn.TRANSVERSE: lambda p: np.rot90(p, 2).T,
}
"""What each turn does to rows and columns."""


def distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_hashes_are_those_of_the_reference():
    pdqhash = pytest.importorskip("pdqhash")
    pixels = skimage.data.astronaut()[:400]
    bits, _ = pdqhash.compute(np.ascontiguousarray(pixels))
    blocks, _ = coefficients(exact_grid(pixels)[np.newaxis])
    assert hashes(blocks)[0].tobytes() == np.packbits(bits).tobytes()


@pytest.mark.parametrize("turn", list(Turn))
@pytest.mark.parametrize("shape", [(300, 451), (512, 400)])
def test_reading_backwards_gives_the_hash_of_turned_pixels(turn: Turn, shape: tuple[int, int]):
    pixels = skimage.data.camera()[: shape[0], : shape[1]]
    luma = ReducedLuma.of(pixels)
    columns, rows = reads_backwards(turn)
    height, width = pixels.shape
    grid = gridded(luma.down(0, height, backwards=rows), luma.across(0, width, backwards=columns))
    grid = np.ascontiguousarray(grid.T) if turn >= Turn.TRANSPOSE else grid
    found = hashes(coefficients(grid[np.newaxis])[0])[0].tobytes()
    exact = pdq_grey(np.ascontiguousarray(TURNED[turn](pixels))).value
    assert distance(found, exact) <= 2


def test_ties_with_the_median_give_zero():
    assert hashes(np.zeros((1, 16, 16), np.float32)).tobytes() == bytes(32)
