"""PDQ against Meta's own implementation (the package pdqhash), bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tidebreak.hashing import pdq
from tidebreak.hashing.pdq_kernels import exact_grid, folded_grid

pdqhash = pytest.importorskip("pdqhash")  # no wheel beyond CPython 3.12

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "retina", "hubble_deep_field")
SHAPES = [(64, 64), (5, 5), (5, 900), (900, 5), (63, 65), (64, 65), (20, 30), (2000, 10),
          (10, 2000), (128, 128), (129, 257), (400, 600), (6, 5000)]  # fmt: skip


def resized(name: str, height: int, width: int) -> np.ndarray:
    picture = Image.fromarray(getattr(skimage.data, name)())
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC))


def reference(pixels: np.ndarray) -> pdq.PdqHash:
    bits, quality = pdqhash.compute(pixels)
    return pdq.PdqHash(np.packbits(bits).tobytes(), quality)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_reference_on_photographs(name, shape):
    pixels = resized(name, *shape)
    assert pdq.pdq_rgb(pixels) == reference(pixels)


@pytest.mark.parametrize("shape", SHAPES)
def test_equals_the_reference_where_every_coefficient_ties(shape):
    pixels = np.full((*shape, 3), 77, np.uint8)
    assert pdq.pdq_rgb(pixels) == reference(pixels)


@pytest.mark.parametrize("step", [1, 3, 8])
def test_equals_the_reference_on_gradients_where_most_coefficients_nearly_tie(step):
    y, x = np.mgrid[0:300, 0:420]
    pixels = np.stack([x * step // 4, y * step // 3, (x + y) * step // 8], 2).astype(np.uint8)
    assert pdq.pdq_rgb(pixels) == reference(pixels)


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_equals_the_reference_on_anything(height, width, grain, seed):
    random = np.random.default_rng(seed)
    shape = (-(-height // grain), -(-width // grain), 3)
    coarse = random.integers(0, 256, shape, dtype=np.uint8)
    pixels = coarse.repeat(grain, axis=0).repeat(grain, axis=1)[:height, :width].copy()
    assert pdq.pdq_rgb(pixels) == reference(pixels)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_exact_grid_alone_equals_the_reference(shape):
    pixels = resized("astronaut", *shape)
    assert pdq.hash_of_grid(exact_grid(pixels)) == reference(pixels)


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_too_small_is_nothing_as_in_the_reference(side):
    pixels = resized("coffee", side, 300)
    assert pdq.pdq_rgb(pixels) == pdq.NOTHING == reference(pixels)


def test_grey_is_the_hash_of_three_equal_channels():
    grey = skimage.data.camera()
    assert pdq.pdq_grey(grey) == reference(np.repeat(grey[:, :, np.newaxis], 3, axis=2).copy())


def test_slices_and_read_only_arrays_are_taken():
    pixels = resized("astronaut", 300, 500)
    upside_down = pixels[::-1, ::-2]
    upside_down.flags.writeable = False
    assert pdq.pdq_rgb(upside_down) == reference(np.ascontiguousarray(upside_down))


def test_fold_is_the_matrix_product():
    pixels = resized("chelsea", 251, 390)
    exact = exact_grid(pixels)
    # Rounding of the running sums is all that separates the two; the bounds rely on it.
    assert np.abs(folded_grid(pixels) - exact).max() < pdq._GRID_DRIFT
    blocks = [pdq.dct_block(grid) for grid in (folded_grid(pixels), exact)]
    assert np.abs(blocks[0] - blocks[1]).max() < pdq._BLOCK_DRIFT


def test_dct_block_is_the_orthonormal_dct_without_its_constant_terms():
    fft = pytest.importorskip("scipy.fft")
    grid = np.random.default_rng(5).uniform(0, 255, (64, 64)).astype(np.float32)
    expected = fft.dctn(grid, norm="ortho")[1:17, 1:17]
    np.testing.assert_allclose(pdq.dct_block(grid), expected, atol=1e-3)


def test_quality_counts_gradients():
    stripes = np.zeros((64, 64), np.float32)
    assert pdq.quality_of_grid(stripes) == 0
    stripes[::2] = 255
    assert pdq.quality_of_grid(stripes) == 100
    one_edge = np.zeros((64, 64), np.float32)
    one_edge[32:] = 255
    assert pdq.quality_of_grid(one_edge) == 64 * 100 // 90
