"""Sequential scans against a plain decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.hashing.jpeg_twin import coefficients, encoded, picture

from tidebreak.hashing.jpeg_luma import read_luma

ENCODINGS = [
    {"quality": 5},
    {"quality": 75},
    {"quality": 100, "subsampling": 0},
    {"quality": 90, "subsampling": 1, "optimize": True},
    {"quality": 60, "restart_marker_blocks": 1},
    {"quality": 60, "subsampling": 0, "restart_marker_blocks": 7},
    {"quality": 85, "restart_marker_rows": 1},
]


def kept(data: bytes) -> np.ndarray:
    return np.moveaxis(read_luma(data).kept, 0, 2)


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(8, 8), (61, 47), (130, 33)], ids=str)
def test_the_lowest_coefficients_are_those_of_the_plain_decoder(options, mode, size):
    data = encoded(picture(*size).convert(mode), **options)
    found = kept(data)
    assert np.array_equal(found, coefficients(data)[:, :, : found.shape[2]])


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 100), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_noise_of_any_size_and_quality(width, height, quality, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), quality=quality, optimize=bool(seed % 2))
    found = kept(data)
    assert np.array_equal(found, coefficients(data)[:, :, : found.shape[2]])
