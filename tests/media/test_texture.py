from __future__ import annotations

import sys

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageDraw, ImageFont

from tidebreak.errors import UsageError
from tidebreak.media import texture
from tidebreak.media.texture import flat_ground, textured_areas


def camera() -> np.ndarray:
    return skimage.data.camera()


def page(ink: int = 20, paper: int = 245) -> np.ndarray:
    """A screen of text with a photograph at (100, 200, 500, 600)."""
    screen = Image.new("L", (600, 900), paper)
    draw = ImageDraw.Draw(screen)
    for y in (*range(20, 180, 30), *range(630, 880, 30)):
        draw.text(
            (20, y), "some words of a page that goes on and on", ink, ImageFont.load_default(22)
        )
    screen.paste(Image.fromarray(camera()).resize((400, 400)), (100, 200))
    return np.asarray(screen)


@pytest.mark.parametrize(("ink", "paper"), [(20, 245), (230, 18), (120, 200)])
def test_text_is_on_flat_ground_and_a_photograph_is_not(ink: int, paper: int):
    flat = flat_ground(page(ink, paper))
    assert flat[:180].mean() > 0.97
    assert flat[650:].mean() > 0.97
    assert flat[220:580, 120:480].mean() < 0.15


@pytest.mark.parametrize("name", ["camera", "coffee", "chelsea", "rocket"])
def test_a_photograph_has_little_flat_ground(name: str):
    pixels = getattr(skimage.data, name)()
    grey = pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))
    assert flat_ground(grey).mean() < 0.35


def test_the_photograph_on_a_page_is_its_only_area():
    (box,) = textured_areas(flat_ground(page()))
    assert np.abs(np.array(box) - (100, 200, 500, 600)).max() <= 24


def test_two_photographs_are_two_areas_the_larger_first():
    both = np.full((500, 900), 250, np.uint8)
    both[60:260, 60:260] = np.asarray(Image.fromarray(camera()).resize((200, 200)))
    both[60:440, 400:780] = np.asarray(Image.fromarray(camera()).resize((380, 380)))
    areas = textured_areas(flat_ground(both))
    assert len(areas) == 2
    assert areas[0][0] > 350
    assert areas[1][2] < 300


def test_what_is_flat_all_over_has_no_area():
    assert textured_areas(flat_ground(np.full((200, 300), 7, np.uint8))) == []
    assert textured_areas(np.zeros((7, 300), np.bool_)) == []


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    texture.opencv.cache_clear()
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UsageError, match=r"tidebreak\[verify\]"):
        flat_ground(np.zeros((9, 9), np.uint8))
