"""Filling in what words hide, against the photographs they were written on."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.views.ink import continued, fill, spread, without_ink
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes

PHOTOGRAPHS = ("coffee", "chelsea", "rocket")


def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def captioned(picture: Image.Image, ink: str = "white") -> ReducedLuma:
    draw = ImageDraw.Draw(picture)
    for y in (4, picture.height - 64):
        draw.text((20, y), "TIDE HARBOUR", ink, ImageFont.load_default(50), stroke_width=3,
                  stroke_fill="black")  # fmt: skip
    return ReducedLuma.of(np.asarray(picture))


def distance(luma: ReducedLuma, name: str) -> int:
    grid = luma.grid(luma.whole)[np.newaxis]
    value = int.from_bytes(hashes(coefficients(grid)[0])[0].tobytes())
    return (value ^ int.from_bytes(pdq_rgb(np.asarray(photograph(name))).value)).bit_count()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_photograph_comes_back_from_under_its_caption(name: str):
    written = captioned(photograph(name))
    found = without_ink(written)
    assert found is not None
    clean, share = found
    assert 0.02 < share < 0.4
    assert distance(clean, name) <= 31
    assert distance(clean, name) < distance(written, name) - 10


def test_a_photograph_without_ink_has_nothing_to_fill():
    pixels = np.clip(skimage.data.coffee(), 10, 240)
    assert without_ink(ReducedLuma.of(pixels)) is None


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
@pytest.mark.parametrize("below", [True, False])
def test_a_strip_is_filled_whatever_it_shows(name: str, below: bool):
    pixels = np.asarray(photograph(name)).copy()
    height, width = pixels.shape[:2]
    strip = height // 10
    rows = slice(height - strip, None) if below else slice(0, strip)
    pixels[rows] = np.random.default_rng(1).integers(0, 256, (strip, width, 3), np.uint8)
    box = (0, 0, width, height - strip) if below else (0, strip, width, height)
    luma = ReducedLuma.of(pixels)
    found = continued(luma, box)
    assert (found.width, found.height) == (width, height)
    assert distance(found, name) <= 40
    assert distance(found, name) < distance(luma, name)


@pytest.mark.parametrize("level", [0, 255])
def test_a_picture_that_is_mostly_ink_is_left_alone(level: int):
    canvas = np.full((300, 300), level, np.uint8)
    canvas[:100, :200] = skimage.data.camera()[:100, :200]
    assert without_ink(ReducedLuma.of(canvas)) is None


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_ink_discolours_its_neighbours(rows: int, columns: int, seed: int):
    ink = np.random.default_rng(seed).random((rows, columns)) < 0.1
    known = np.ones((rows, columns), np.bool_)
    spread(ink, known)
    for y in range(rows):
        for x in range(columns):
            near = ink[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            assert known[y, x] == (not near.any())


@given(st.integers(1, 40), st.integers(1, 12), st.floats(0, 1), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_gaps_take_the_mean_of_the_smallest_window_that_knows(rows, columns, unknown, seed):
    rng = np.random.default_rng(seed)
    luma = rng.uniform(0, 255, (rows, columns)).astype(np.float32)
    known = rng.random((rows, columns)) >= unknown
    found = np.full_like(luma, np.nan)
    fill(luma, known, found)
    for y in range(rows):
        for x in range(columns):
            expected = luma[known].mean() if known.any() else 0.0
            for reach in [int(share * rows) + 1 for share in (0.02, 0.06, 0.16, 0.64)]:
                window = np.s_[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
                if known[window].any():
                    expected = luma[window][known[window]].mean()
                    break
            assert found[y, x] == pytest.approx(luma[y, x] if known[y, x] else expected, abs=1e-2)
