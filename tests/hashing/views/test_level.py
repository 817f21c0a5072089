"""Levelling against Pillow, which turned the pictures."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tidebreak.hashing.pdq import pdq_grey, pdq_rgb
from tidebreak.hashing.views.level import levelled
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea")


def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def turned(picture: Image.Image, degrees: float, *, grows: bool, fill: str) -> ReducedLuma:
    how = Image.Resampling.BICUBIC
    return ReducedLuma.of(np.asarray(picture.rotate(degrees, how, expand=grows, fillcolor=fill)))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("degrees", [2.0, 7.5, 20.0, -3.0, -11.0])
@pytest.mark.parametrize("fill", ["white", "#305060"])
def test_a_picture_on_a_canvas_that_grew_is_found_to_the_bit(name: str, degrees: float, fill: str):
    picture = photograph(name)
    found = levelled(turned(picture, degrees, grows=True, fill=fill))
    assert found is not None
    assert found.degrees == pytest.approx(degrees, abs=0.1)
    grid = found.luma.grid(found.luma.whole)[np.newaxis]
    value = int.from_bytes(hashes(coefficients(grid)[0])[0].tobytes())
    assert (value ^ int.from_bytes(pdq_rgb(np.asarray(picture)).value)).bit_count() <= 31


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("degrees", [3.0, -5.0])
def test_corners_that_were_cut_off_are_continued(name: str, degrees: float):
    picture = photograph(name)
    found = levelled(turned(picture, degrees, grows=False, fill="black"))
    assert found is not None
    assert found.degrees == pytest.approx(degrees, abs=0.2)
    height, width = found.luma.blocks.shape
    assert width / height == pytest.approx(picture.width / picture.height, rel=0.01)


@pytest.mark.parametrize("grows", [True, False])
def test_one_corner_is_enough(grows: bool):
    picture = photograph("coffee")
    luma = turned(picture, 6.0, grows=grows, fill="white")
    hidden = luma.blocks.copy()
    rng = np.random.default_rng(1)
    for corner in (1, 2, 3):
        view = np.rot90(hidden, corner)
        view[:120, :20] = rng.uniform(0, 255, (120, 20))
        view[:20, :150] = rng.uniform(0, 255, (20, 150))
    found = levelled(ReducedLuma.of_blocks(hidden, luma.factor, luma.width, luma.height))
    assert found is not None
    assert found.degrees == pytest.approx(6, abs=0.2)
    height, width = found.luma.blocks.shape
    assert width / height == pytest.approx(picture.width / picture.height, rel=0.03)


@pytest.mark.parametrize("name", ["astronaut", "coffee", "camera", "page", "text", "moon"])
def test_an_upright_picture_is_left_alone(name: str):
    assert levelled(ReducedLuma.of(np.asarray(photograph(name)))) is None


@pytest.mark.parametrize("name", [*PHOTOGRAPHS, "camera", "page", "text", "moon"])
def test_an_upright_frame_is_not_levelled(name: str):
    pixels = np.asarray(photograph(name))
    margins = ((30, 30), (40, 40), *[(0, 0)] * (pixels.ndim - 2))
    assert levelled(ReducedLuma.of(np.pad(pixels, margins))) is None


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (9, 300), (300, 300)])
def test_an_even_picture_stands_level(shape: tuple[int, int]):
    assert levelled(ReducedLuma.of(np.zeros(shape, np.uint8))) is None


def test_a_grey_picture_is_levelled_as_well():
    picture = photograph("camera")
    found = levelled(turned(picture, 4.0, grows=True, fill="white"))
    assert found is not None
    grid = found.luma.grid(found.luma.whole)[np.newaxis]
    value = int.from_bytes(hashes(coefficients(grid)[0])[0].tobytes())
    assert (value ^ int.from_bytes(pdq_grey(np.asarray(picture)).value)).bit_count() <= 31
