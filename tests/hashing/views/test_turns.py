"""The eight positions against Meta's own implementation, and against turned pixels."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from tidebreak.hashing.pdq import pdq_grey
from tidebreak.hashing.pdq_kernels import exact_grid
from tidebreak.hashing.views.luma import ReducedLuma, gridded
from tidebreak.hashing.views.turns import all_turns, coefficients, hashes, reads_backwards, turned
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
    bits, _ = pdqhash.compute_dihedral(np.ascontiguousarray(pixels))
    expected = {np.packbits(vector).tobytes() for vector in bits}
    block = coefficients(exact_grid(pixels)[np.newaxis])[0][0]
    assert {value for _, value in all_turns(block)} == expected


@pytest.mark.parametrize("turn", list(Turn))
def test_turned_coefficients_are_those_of_the_turned_grid(turn: Turn):
    grid = np.random.default_rng(1).uniform(0, 255, (64, 64)).astype(np.float32)
    expected, _ = coefficients(np.ascontiguousarray(TURNED[turn](grid))[np.newaxis])
    found = turned(coefficients(grid[np.newaxis])[0], turn)
    np.testing.assert_allclose(found, expected, atol=2e-3)


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
