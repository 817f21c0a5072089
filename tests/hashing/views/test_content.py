"""The content box around photographs that stand among text on even ground."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageFont

from tidebreak.hashing.views.content import content_box
from tidebreak.hashing.views.luma import ReducedLuma

PHOTOGRAPH = Image.fromarray(skimage.data.astronaut()).resize((300, 240))


def chat(ground: int, ink: int, left: int, top: int, blank: bool = False) -> Image.Image:
    screen = Image.new("L", (400, 800), ground)
    draw = ImageDraw.Draw(screen)
    for y in [*range(20, top - 40, 30), *range(top + 260, 780, 30)]:
        draw.text((20, y), "a few quiet words to everybody", ink, ImageFont.load_default(18))
    if not blank:
        screen.paste(PHOTOGRAPH.convert("L"), (left, top))
    return screen


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (18, 230), (128, 255)])
@pytest.mark.parametrize("place", [(50, 180), (90, 400), (0, 300)])
def test_the_photograph_is_found_among_text(ground: int, ink: int, place: tuple[int, int]):
    luma = ReducedLuma.of(np.asarray(chat(ground, ink, *place)))
    box = content_box(luma)
    truth = (*place, place[0] + 300, place[1] + 240)
    assert box is not None
    assert max(abs(a - b) for a, b in zip(box, truth, strict=True)) <= 2 * luma.factor


def test_an_even_picture_has_no_content():
    assert content_box(ReducedLuma.of(np.full((300, 200), 255, np.uint8))) is None


def test_words_alone_are_no_picture():
    box = content_box(ReducedLuma.of(np.asarray(chat(255, 0, 0, 780, blank=True))))
    assert box is None or (box[3] - box[1]) < 80


def test_the_box_stays_inside_a_picture_that_fills_no_whole_block():
    canvas = np.full((1999, 1501), 250, np.uint8)
    canvas[500:, 400:] = np.random.default_rng(1).integers(0, 120, (1499, 1101), np.uint8)
    left, top, right, bottom = content_box(ReducedLuma.of(canvas)) or (0, 0, 0, 0)
    assert (right, bottom) == (1501, 1999)
    assert abs(left - 400) <= 3
    assert abs(top - 500) <= 3
