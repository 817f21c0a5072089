"""Progressive scans, first and refining, against a plain decoder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.hashing.jpeg_twin import coefficients, encoded, picture

from tidebreak.hashing import jpeg_luma

ENCODINGS = [
    {"quality": 5},
    {"quality": 75},
    {"quality": 100, "subsampling": 0},
    {"quality": 60, "restart_marker_blocks": 1},
    {"quality": 85, "subsampling": 1, "restart_marker_blocks": 5},
]


@pytest.fixture(autouse=True)
def every_scan(monkeypatch):
    """Read to the last refinement, which is otherwise left out where it does not matter."""
    monkeypatch.setattr(jpeg_luma, "_TOLERANCE", 0.0)


def assert_as_the_plain_decoder(data: bytes) -> None:
    found = np.moveaxis(jpeg_luma.read_luma(data).kept, 0, 2)
    assert np.array_equal(found, coefficients(data)[:, :, : found.shape[2]])


@pytest.mark.parametrize("options", ENCODINGS, ids=str)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(8, 8), (61, 47), (130, 33)], ids=str)
def test_the_lowest_coefficients_are_those_of_the_plain_decoder(options, mode, size):
    assert_as_the_plain_decoder(encoded(picture(*size).convert(mode), progressive=True, **options))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 100), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_noise_of_any_size_and_quality(width, height, quality, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    noise[: height // 2] = noise[0, 0]  # long runs of blocks without anything new
    assert_as_the_plain_decoder(encoded(Image.fromarray(noise), quality=quality, progressive=True))
