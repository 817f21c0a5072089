"""The loops behind the views against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.hashing.arrays import readonly_rows
from tidebreak.hashing.pdq import dct_block, quality_of_grid
from tidebreak.hashing.pdq_weights import weights
from tidebreak.hashing.views import kernels
from tidebreak.hashing.views.turns import coefficients

LUMA = np.array([0.299, 0.587, 0.114])


def dense_weights(side: int) -> np.ndarray:
    """PDQ's weights of a side as a full matrix (64, side)."""
    taps, matrix = weights(side), np.zeros((64, side))
    for o in range(64):
        start, count = taps.starts[o], taps.counts[o]
        matrix[o, start : start + count] = taps.weights[0, o, :count]
    return matrix


def dense_taps(low: int, high: int, blocks: int, factor: int, backwards: bool) -> np.ndarray:
    """What `box_taps` gives, as a full matrix (64, blocks)."""
    starts, counts = np.empty(64, np.int32), np.empty(64, np.int32)
    room = np.full((64, 2 * ((high - low + 127) // 128) // factor + 3), np.nan, np.float32)
    kernels.box_taps(low, high, blocks, factor, backwards, starts, counts, room)
    matrix = np.zeros((64, blocks))
    for o in range(64):
        matrix[o, starts[o] : starts[o] + counts[o]] = room[o, : counts[o]]
    return matrix


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.sampled_from([1, 3]))
@settings(max_examples=50, deadline=None)
def test_blocks_are_means_of_the_luma_that_there_is(height, width, factor, channels):
    rng = np.random.default_rng(height * width * factor)
    pixels = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
    luma = pixels[:, :, 0].astype(float) if channels == 1 else pixels @ LUMA
    rows, columns = -(-height // factor), -(-width // factor)
    reduced = np.empty((rows, columns), np.float32)
    kernels.reduce_luma(readonly_rows(pixels), factor, reduced)
    for y in range(rows):
        for x in range(columns):
            block = luma[y * factor : (y + 1) * factor, x * factor : (x + 1) * factor]
            assert reduced[y, x] == pytest.approx(block.mean(), abs=1e-3)


@given(
    st.integers(-90, 300), st.integers(5, 700), st.integers(1, 60), st.integers(1, 9), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_weights_of_a_box_are_those_of_its_pixels(low, length, blocks, factor, backwards):
    expected = np.zeros((64, blocks))
    pixels = np.arange(low, low + length)
    held = np.clip(pixels // factor, 0, blocks - 1)
    order = held[::-1] if backwards else held
    for o, row in enumerate(dense_weights(length)):
        np.add.at(expected[o], order, row)
    found = dense_taps(low, low + length, blocks, factor, backwards)
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_the_two_folds_are_the_product_from_both_sides():
    rng = np.random.default_rng(3)
    reduced = rng.uniform(0, 255, (90, 130)).astype(np.float32)
    y, x = weights(90), weights(130)
    rows, grid = np.empty((130, 64), np.float32), np.empty((64, 64), np.float32)
    kernels.fold_rows(reduced, y.starts, y.counts, y.weights[0], rows)
    kernels.fold_columns(rows, x.starts, x.counts, x.weights[0], grid)
    np.testing.assert_allclose(rows.T, dense_weights(90) @ reduced, atol=1e-3)
    np.testing.assert_allclose(grid, dense_weights(90) @ reduced @ dense_weights(130).T, atol=1e-3)


def test_sampling_straight_and_finely_gives_the_picture_back():
    reduced = np.random.default_rng(4).uniform(0, 255, (20, 30)).astype(np.float32)
    found = np.empty((20, 30), np.float32)
    kernels.sample_turned(reduced, np.array([15, 10, 1, 1, 0], np.float32), found)
    np.testing.assert_allclose(found[1:-1, 1:-1], reduced[1:-1, 1:-1], atol=0.5)


def test_sampling_undoes_a_turn():
    y, x = np.mgrid[0:120, 0:160].astype(np.float32)
    angle = np.radians(7)
    # A ramp along the picture's own horizontal, as it looks when turned counter-clockwise.
    ramp = (np.cos(angle) * (x - 79.5) - np.sin(angle) * (y - 59.5)).astype(np.float32)
    found = np.empty((60, 80), np.float32)
    frame = np.array([40, 30, 1, np.cos(angle), np.sin(angle)], np.float32)
    kernels.sample_turned(ramp, frame, found)
    expected = np.clip(np.arange(80) + 0.5, 1, 79) - 40
    np.testing.assert_allclose(found, np.broadcast_to(expected, (60, 80)), atol=0.01)


def test_coefficients_and_quality_are_those_of_pdq():
    rng = np.random.default_rng(5)
    grids = np.stack(
        [rng.uniform(0, 255, (64, 64)), np.cumsum(rng.normal(0, 2, (64, 64)), axis=0)]
    ).astype(np.float32)
    blocks, qualities = coefficients(grids)
    for grid, block, quality in zip(grids, blocks, qualities, strict=True):
        np.testing.assert_allclose(block, dct_block(grid), atol=5e-3)
        assert abs(int(quality) - quality_of_grid(grid)) <= 1
