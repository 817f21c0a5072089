"""What is tried of a picture, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tidebreak.hashing.views.boxes import boxes_of
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Depth, ViewKind

PHOTOGRAPH = Image.fromarray(skimage.data.coffee())


def screenshot(of: Image.Image) -> Image.Image:
    screen = Image.new("RGB", (600, 1100), (20, 20, 24))
    screen.paste((90, 90, 96), (0, 0, 600, 90))
    inside = of.copy()
    inside.thumbnail((600, 700))
    screen.paste(inside, ((600 - inside.width) // 2, 180))
    return screen


SCREEN = ReducedLuma.of(np.asarray(screenshot(PHOTOGRAPH)))


def test_more_depth_only_adds():
    fast, standard, deep = (boxes_of(SCREEN, depth) for depth in Depth)
    assert standard[: len(fast)] == fast
    assert deep[: len(standard)] == standard
    assert len(fast) <= 2
    assert len(standard) <= 14
    assert len(deep) <= 24


def test_every_box_is_another_one_and_large_enough():
    area = SCREEN.width * SCREEN.height
    boxes = [part.box for part in boxes_of(SCREEN, Depth.DEEP)]
    assert len(set(boxes)) == len(boxes)
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= SCREEN.width
        assert 0 <= top < bottom <= SCREEN.height
        assert min(right - left, bottom - top) >= 64
        assert (right - left) * (bottom - top) * 12 >= area


def test_the_photograph_of_a_screenshot_is_among_them():
    found = [part.box for part in boxes_of(SCREEN, Depth.STANDARD)]
    assert min(max(abs(a - b) for a, b in zip(box, (0, 180, 600, 580), strict=True))
               for box in found) <= 2 * SCREEN.factor  # fmt: skip


def test_a_screenshot_in_a_screenshot_is_opened_when_deep():
    luma = ReducedLuma.of(np.asarray(screenshot(screenshot(PHOTOGRAPH))))
    scale = 700 / 1100
    left = (600 - round(600 * scale)) / 2
    truth = (left, 180 + 180 * scale, 600 - left, 180 + 580 * scale)
    found = [part.box for part in boxes_of(luma, Depth.DEEP)]
    off = min(max(abs(a - b) for a, b in zip(box, truth, strict=True)) for box in found)
    assert off <= 3 * luma.factor


def test_borders_are_what_is_looked_for_when_fast():
    framed = np.pad(np.asarray(PHOTOGRAPH), ((40, 40), (40, 40), (0, 0)))
    parts = boxes_of(ReducedLuma.of(framed), Depth.FAST)
    assert {part.kind for part in parts} == {ViewKind.TRIM}
    assert parts[0].box == (40, 40, 640, 440)


@pytest.mark.parametrize("shape", [(5, 5), (63, 63), (500, 400)])
def test_a_picture_with_nothing_in_it_has_no_boxes(shape: tuple[int, int]):
    assert boxes_of(ReducedLuma.of(np.zeros(shape, np.uint8)), Depth.DEEP) == []
