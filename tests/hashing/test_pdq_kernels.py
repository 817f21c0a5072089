"""The loops of PDQ against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing import pdq_kernels
from tidebreak.hashing.pdq_kernels import exact_grid, folded_grid, transform
from tidebreak.hashing.pdq_weights import GRID, positions, window

LUMA = np.array([0.299, 0.587, 0.114])
SHAPES = [(64, 65), (65, 64), (5, 5), (63, 200), (200, 63), (129, 300), (500, 130)]


def pixels_of(height: int, width: int, channels: int = 3) -> np.ndarray:
    seed = np.random.default_rng(height * width)
    return seed.integers(0, 256, (height, width, channels), dtype=np.uint8)


def boxed(samples: np.ndarray, width: int) -> np.ndarray:
    """Averages along the first axis, each window summed anew."""
    ahead = (width + 2) // 2 - 1
    back = width - 1 - ahead
    spans = ((max(0, k - back), k + ahead + 1) for k in range(len(samples)))
    return np.array([samples[low:high].mean(axis=0) for low, high in spans])


def grid_of(pixels: np.ndarray) -> np.ndarray:
    """PDQ's grid in double precision: blur rows and columns twice, then keep 64 of each."""
    height, width = pixels.shape[:2]
    luma = pixels[:, :, 0].astype(float) if pixels.shape[2] == 1 else pixels @ LUMA
    if (height, width) != (GRID, GRID):
        for _ in range(2):
            luma = boxed(boxed(luma.T, window(width)).T, window(height))
    return luma[np.ix_(positions(height), positions(width))]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels", [1, 3])
def test_both_grids_are_the_blurred_samples(shape: tuple[int, int], channels: int):
    pixels = pixels_of(*shape, channels)
    expected = grid_of(pixels)
    np.testing.assert_allclose(folded_grid(pixels), expected, atol=2e-3)
    np.testing.assert_allclose(exact_grid(pixels), expected, atol=2e-3)


def test_64_by_64_pixels_are_not_blurred_by_the_reference():
    pixels = pixels_of(64, 64)
    np.testing.assert_allclose(exact_grid(pixels), pixels @ LUMA, atol=1e-4)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_running_box_is_the_mean_of_its_window(length: int, width: int, seed: int):
    source = np.random.default_rng(seed).uniform(0, 255, (length, 16)).astype(np.float32)
    target = np.empty_like(source)
    width = min(width, length)
    pdq_kernels._box(source, target, width)
    np.testing.assert_allclose(target, boxed(source.astype(float), width), atol=2e-3)


def test_the_transform_is_a_product_of_matrices():
    rng = np.random.default_rng(1)
    grid = rng.uniform(0, 255, (64, 64)).astype(np.float32)
    matrix = rng.uniform(-0.2, 0.2, (16, 64)).astype(np.float32)
    block = np.empty((16, 16), np.float32)
    transform(grid, matrix, block)
    exact = matrix.astype(float) @ grid.astype(float) @ matrix.T.astype(float)
    np.testing.assert_allclose(block, exact, atol=5e-3)


def test_the_transform_adds_in_the_order_of_the_reference():
    rng = np.random.default_rng(2)
    grid = rng.uniform(0, 255, (64, 64)).astype(np.float32)
    matrix = rng.uniform(-0.2, 0.2, (16, 64)).astype(np.float32)
    rows, expected = np.zeros((16, 64), np.float32), np.zeros((16, 16), np.float32)
    for k in range(64):
        rows += matrix[:, k : k + 1] * grid[k]
    for k in range(64):
        expected += rows[:, k : k + 1] * matrix[:, k]
    block = np.empty((16, 16), np.float32)
    transform(grid, matrix, block)
    assert np.array_equal(block, expected)
