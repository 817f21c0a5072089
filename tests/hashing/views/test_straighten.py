"""Straightened photographs, as they were before."""

from __future__ import annotations

import math

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.straighten import ANGLES, unstraightened
from tidebreak.hashing.views.turns import coefficients, hashes


def straightened(picture: Image.Image, degrees: float) -> Image.Image:
    """Turn a picture and keep the largest upright rectangle of its proportions."""
    width, height = picture.size
    sine, cosine = math.sin(math.radians(abs(degrees))), math.cos(math.radians(degrees))
    kept = min(width / (width * cosine + height * sine), height / (height * cosine + width * sine))
    x, y = width * kept / 2, height * kept / 2
    turned = picture.rotate(degrees, Image.Resampling.BICUBIC)
    return turned.crop(
        (round(width / 2 - x), round(height / 2 - y), round(width / 2 + x), round(height / 2 + y))
    )


def distances(picture: Image.Image, original: Image.Image) -> dict[int, int]:
    """How far each angle's view is from the original, and without any (0)."""
    known = int.from_bytes(pdq_rgb(np.asarray(original)).value)
    luma = ReducedLuma.of(np.asarray(picture))
    lumas = [luma, *(found.luma for found in unstraightened(luma))]
    grids = np.stack([one.grid(one.whole) for one in lumas])
    values = [int.from_bytes(row.tobytes()) for row in hashes(coefficients(grids)[0])]
    return {
        angle: (value ^ known).bit_count()
        for angle, value in zip((0, *ANGLES), values, strict=True)
    }


@pytest.mark.parametrize("name", ["coffee", "chelsea", "astronaut"])
@pytest.mark.parametrize("degrees", [1, -2, 3, -4])
def test_the_right_angle_comes_nearest(name: str, degrees: int):
    original = Image.fromarray(getattr(skimage.data, name)())
    found = distances(straightened(original, degrees), original)
    assert min(found, key=lambda angle: found[angle]) == degrees
    assert found[degrees] <= found[0] - 10


@pytest.mark.parametrize("name", ["coffee", "chelsea"])
def test_two_degrees_are_undone(name: str):
    original = Image.fromarray(getattr(skimage.data, name)())
    assert distances(straightened(original, 2), original)[2] <= 31


def test_what_was_cut_off_is_what_the_angle_says():
    luma = ReducedLuma.of(skimage.data.coffee())
    found = {round(one.degrees): one.luma.blocks.shape for one in unstraightened(luma)}
    assert found.keys() == set(ANGLES)
    for height, width in found.values():
        assert width / height == pytest.approx(1.5, rel=0.01)
