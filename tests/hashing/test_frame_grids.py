from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing.frame_grids import BoxGrids, full_grid, then
from tidebreak.hashing.pdq_kernels import folded_grid
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Turn

TURNED = {
    Turn.NONE: lambda a: a,
    Turn.MIRROR: np.fliplr,
    Turn.FLIP: np.flipud,
    Turn.HALF: lambda a: np.rot90(a, 2),
    Turn.TRANSPOSE: lambda a: a.swapaxes(0, 1),
    Turn.LEFT: lambda a: np.rot90(a, 1),
    Turn.RIGHT: lambda a: np.rot90(a, -1),
    Turn.TRANSVERSE: lambda a: np.rot90(a, 2).swapaxes(0, 1),
}


def pixels(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


@pytest.mark.parametrize("turn", list(Turn))
@settings(max_examples=15)
@given(st.integers(64, 300), st.integers(64, 300), st.integers(0, 9))
def test_the_grid_of_a_turn_is_that_of_the_turned_picture(
    turn: Turn, height: int, width: int, seed: int
):
    picture = pixels(seed, height, width)
    expected = folded_grid(np.ascontiguousarray(TURNED[turn](picture))[:, :, np.newaxis])
    assert np.allclose(full_grid(picture, turn), expected, atol=1e-3)


def test_colours_turn_too():
    picture = np.random.default_rng(1).integers(0, 256, (90, 130, 3), np.uint8)
    expected = folded_grid(np.ascontiguousarray(np.rot90(picture)))
    assert np.allclose(full_grid(picture, Turn.LEFT), expected, atol=1e-3)


@pytest.mark.parametrize(("first", "second"), list(product(Turn, Turn)))
def test_one_turn_does_what_two_do(first: Turn, second: Turn):
    picture = np.arange(12).reshape(3, 4)
    both = TURNED[second](TURNED[first](picture))
    assert np.array_equal(TURNED[then(first, second)](picture), both)


@pytest.mark.parametrize("turn", list(Turn))
def test_boxes_are_turned_alike(turn: Turn):
    picture = pixels(2, 200, 260)
    left, top, right, bottom = box = (30, 20, 230, 190)
    luma, boxes = ReducedLuma.of(picture), BoxGrids()
    found = boxes.grid(luma, box, turn)
    assert np.allclose(found, full_grid(picture[top:bottom, left:right], turn), atol=1e-2)
    assert np.array_equal(boxes.grid(luma, box, turn), found)
    assert not np.allclose(boxes.grid(luma, luma.whole, turn), found, atol=1)
