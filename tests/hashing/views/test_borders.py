"""Peeling borders off photographs whose frames are known."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing.views.borders import border_depth, trimmed
from tidebreak.hashing.views.luma import ReducedLuma

PHOTOGRAPH = skimage.data.coffee()
HEIGHT, WIDTH = PHOTOGRAPH.shape[:2]


def framed(
    left: int, top: int, right: int, bottom: int, level: int = 255, noise: float = 0
) -> ReducedLuma:
    canvas = np.full((HEIGHT + top + bottom, WIDTH + left + right, 3), level, float)
    canvas += np.random.default_rng(1).normal(0, noise, canvas.shape)
    canvas[top : top + HEIGHT, left : left + WIDTH] = PHOTOGRAPH
    return ReducedLuma.of(np.clip(canvas, 0, 255).astype(np.uint8))


def off(box: tuple[int, ...], left: int, top: int) -> int:
    """By how many pixels a box misses the photograph."""
    truth = left, top, left + WIDTH, top + HEIGHT
    return max(abs(a - b) for a, b in zip(box, truth, strict=True))


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("sides", [(60, 60, 60, 60), (0, 400, 0, 380), (5, 0, 0, 31)])
def test_each_side_is_peeled_for_itself(sides: tuple[int, int, int, int], level: int):
    luma = framed(*sides, level)
    even, _ = trimmed(luma)
    assert off(even, *sides[:2]) <= luma.factor


def test_noise_is_peeled_by_the_wider_tolerance():
    luma = framed(50, 40, 30, 20, 128, noise=5)
    even, noisy = trimmed(luma)
    assert off(noisy, 50, 40) <= luma.factor
    assert off(even, 50, 40) > 10


def test_a_border_inside_a_border_is_peeled_too():
    inner = framed(30, 30, 30, 30, 0)
    outer = np.pad(inner.blocks, 40, constant_values=255).astype(np.float32)
    even, _ = trimmed(ReducedLuma.of_blocks(outer, 1, outer.shape[1], outer.shape[0]))
    assert off(even, 70, 70) <= 1


def test_a_photograph_without_borders_stays_whole():
    luma = ReducedLuma.of(PHOTOGRAPH)
    assert trimmed(luma)[0] == luma.whole


def test_an_even_picture_is_not_peeled_to_nothing():
    luma = ReducedLuma.of(np.full((100, 150), 7, np.uint8))
    assert trimmed(luma) == [luma.whole, luma.whole]


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_depth_is_the_number_of_even_lines(left: int, top: int, right: int, bottom: int):
    inner = np.tile(np.array([[0, 255], [255, 0]], np.float32), (10, 10))
    margins = ((top, bottom), (left, right))
    luma = np.pad(inner, margins, constant_values=90).astype(np.float32)
    rows, columns = luma.shape
    found = [border_depth(luma, 0, 0, columns, rows, side, 6.0) for side in range(4)]
    assert found == [left, top, right, bottom]


def test_a_line_that_is_half_border_counts_as_half():
    luma = np.zeros((40, 40), np.float32)
    luma[10] = 50
    luma[11:] = 100
    assert border_depth(luma, 0, 0, 40, 40, 1, 6.0) == pytest.approx(10.5)
