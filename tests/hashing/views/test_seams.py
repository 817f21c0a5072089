"""Boxes at seams, in pictures that are put together of photographs."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter

from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.seams import seam_boxes
from tidebreak.model import Box

NAMES = ("astronaut", "coffee", "chelsea", "rocket")
LEAST = (64, 64, 10_000)


def photograph(name: str, width: int, height: int) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()).resize((width, height))


def boxes_in(canvas: Image.Image, most: int = 8) -> tuple[list[Box], int]:
    """The boxes of a picture after coding, and how large its blocks are."""
    file = io.BytesIO()
    canvas.save(file, "JPEG", quality=80)
    luma = ReducedLuma.of(np.asarray(Image.open(file).convert("RGB")))
    return seam_boxes(luma, LEAST, most), luma.factor


def nearest(boxes: list[Box], truth: Box) -> int:
    return min(max(abs(a - b) for a, b in zip(box, truth, strict=True)) for box in boxes)


@pytest.mark.parametrize("gutter", [0, 12])
@pytest.mark.parametrize("beside", [True, False])
def test_both_pictures_of_a_collage_are_found(gutter: int, beside: bool):
    size = (800 + gutter, 300) if beside else (400, 600 + gutter)
    second = (400 + gutter, 0) if beside else (0, 300 + gutter)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(photograph("astronaut", 400, 300), (0, 0))
    canvas.paste(photograph("coffee", 400, 300), second)
    boxes, factor = boxes_in(canvas)
    for x, y in ((0, 0), second):
        assert nearest(boxes, (x, y, x + 400, y + 300)) <= factor + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_over_its_own_blurred_copy_is_found(name: str):
    canvas = photograph(name, 540, 960).filter(ImageFilter.GaussianBlur(20))
    canvas.paste(photograph(name, 540, 360), (0, 290))
    boxes, factor = boxes_in(canvas)
    assert nearest(boxes, (0, 290, 540, 650)) <= factor + 1


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_picture_in_a_picture_is_found(name: str):
    canvas = photograph("astronaut", 900, 700)
    canvas.paste(photograph(name, 420, 300), (430, 350))
    boxes, factor = boxes_in(canvas)
    assert nearest(boxes, (430, 350, 850, 650)) <= factor + 1


@pytest.mark.parametrize("name", NAMES)
def test_the_likeliest_box_comes_first(name: str):
    canvas = Image.new("RGB", (500, 560), "white")
    canvas.paste(photograph(name, 500, 400), (0, 0))
    boxes, factor = boxes_in(canvas)
    assert nearest(boxes[:1], (0, 0, 500, 400)) <= factor + 1


def test_small_boxes_and_too_many_are_left_out():
    canvas = Image.new("RGB", (900, 900))
    for place, name in enumerate(NAMES * 4):
        x, y = place % 4 * 225, place // 4 * 225
        canvas.paste(photograph(name, 225, 225), (x, y))
    boxes, factor = boxes_in(canvas, 5)
    assert len(boxes) == 5
    assert all((r - x) * (b - y) >= LEAST[2] - 2 * 900 * factor for x, y, r, b in boxes)


@pytest.mark.parametrize("shape", [(5, 5), (8, 400), (400, 8), (64, 64)])
def test_small_and_even_pictures_have_none(shape: tuple[int, int]):
    assert seam_boxes(ReducedLuma.of(np.full(shape, 40, np.uint8)), (1, 1, 1), 9) == []
