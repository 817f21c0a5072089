"""Reduced luma: hashes of any box of it against those of the box's own pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tidebreak.hashing.pdq import pdq_grey, pdq_rgb
from tidebreak.hashing.views.luma import LONGEST, ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Box

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "retina")


def enlarged(name: str, width: int) -> np.ndarray:
    picture = Image.fromarray(getattr(skimage.data, name)())
    height = round(picture.height * width / picture.width)
    return np.array(picture.resize((width, height), Image.Resampling.BICUBIC))


def distance(luma: ReducedLuma, box: Box, pixels: np.ndarray) -> int:
    found = hashes(coefficients(luma.grid(box)[np.newaxis])[0])[0].tobytes()
    exact = pdq_rgb(np.ascontiguousarray(pixels)).value
    return (int.from_bytes(found) ^ int.from_bytes(exact)).bit_count()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("width", [500, 1000, 2100])
def test_the_whole_picture_hashes_as_its_pixels_do(name: str, width: int):
    pixels = enlarged(name, width)
    luma = ReducedLuma.of(pixels)
    assert max(luma.blocks.shape) <= LONGEST
    assert distance(luma, luma.whole, pixels) <= 4


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_box_hashes_as_its_pixels_do_wherever_it_lies_in_the_blocks(name: str):
    pixels = enlarged(name, 1400)
    luma = ReducedLuma.of(pixels)
    assert luma.factor == 2
    drift = [
        distance(luma, (x, y, x + 801, y + 505), pixels[y : y + 505, x : x + 801])
        for x, y in [(0, 0), (37, 11), (200, 150), (501, 77)]
    ]
    assert np.mean(drift) <= 3
    assert max(drift) <= 6


def test_beyond_its_edges_the_picture_goes_on_as_it_ends():
    pixels = skimage.data.chelsea()
    luma = ReducedLuma.of(pixels)
    padded = np.pad(pixels, ((20, 31), (12, 0), (0, 0)), "edge")
    box = -12, -20, luma.width, luma.height + 31
    assert distance(luma, box, padded) <= 2


def test_a_part_is_a_picture_of_its_own():
    pixels = enlarged("coffee", 1400)
    part, shown = ReducedLuma.of(pixels).part((101, 33, 903, 777))
    left, top, right, bottom = shown
    assert shown == (102, 34, 902, 776)
    assert (part.width, part.height) == (right - left, bottom - top)
    assert distance(part, part.whole, pixels[top:bottom, left:right]) <= 4


def test_a_part_at_the_edge_keeps_the_pixels_that_fill_no_block():
    luma = ReducedLuma.of(np.zeros((1001, 1401), np.uint8))
    part, shown = luma.part((200, 100, 1401, 1001))
    assert shown == (200, 100, 1401, 1001)
    assert part.blocks.shape == (451, 601)


def test_blocks_may_come_from_a_scaled_decode():
    pixels = enlarged("rocket", 2000)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    with Image.open(file) as image:
        width, height = image.size
        image.draft("L", (width // 4, height // 4))
        scaled = np.asarray(image)
    luma = ReducedLuma.of_blocks(scaled.astype(np.float32), 4, width, height)
    assert distance(luma, luma.whole, pixels) <= 6


def test_blocks_that_are_missing_at_the_edges_are_continued():
    pixels = enlarged("rocket", 2003)[:1300]
    full = ReducedLuma.of(pixels)
    rows, columns = full.height // full.factor, full.width // full.factor
    luma = ReducedLuma.of_blocks(full.blocks[:rows, :columns], full.factor, 2003, 1300)
    assert luma.blocks.shape == (rows, columns) != full.blocks.shape
    assert distance(luma, luma.whole, pixels) <= 6


@given(st.integers(1, 90), st.integers(1, 2000), st.booleans())
@settings(max_examples=30, deadline=None)
def test_any_shape_is_reduced(short: int, long: int, upright: bool):
    shape = (long, short) if upright else (short, long)
    luma = ReducedLuma.of(np.full(shape, 99, np.uint8))
    assert luma.blocks.shape == shape
    np.testing.assert_allclose(luma.grid(luma.whole), 99, rtol=1e-5)


def test_grey_is_the_hash_of_three_equal_channels():
    grey = skimage.data.camera()
    luma = ReducedLuma.of(grey)
    found = hashes(coefficients(luma.grid(luma.whole)[np.newaxis])[0])[0].tobytes()
    assert (int.from_bytes(found) ^ int.from_bytes(pdq_grey(grey).value)).bit_count() <= 2
