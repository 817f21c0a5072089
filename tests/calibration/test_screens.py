from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tidebreak.calibration import screens

GREEN = Image.new("RGB", (300, 200), (0, 200, 0))


def green_box(picture: Image.Image) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    samples = np.asarray(picture, int)
    mask = (np.abs(samples - (0, 200, 0)) < 3).all(axis=2)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask, (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def test_the_whole_picture_is_on_the_screen_in_its_own_proportions():
    kinds = set()
    for seed in range(24):
        shot = screens.screenshot(GREEN, np.random.default_rng(seed))
        assert shot.height > 1.7 * shot.width
        mask, (left, top, right, bottom) = green_box(shot)
        assert mask[top:bottom, left:right].all()
        assert abs((right - left) / (bottom - top) - 1.5) < 0.02
        assert 0.1 < mask.mean() < 0.6
        dark = np.asarray(shot.convert("L"))[:, -3:].mean() < 100
        kinds.add((dark, right - left > 0.95 * shot.width))
    assert len(kinds) == 4  # light and dark, with and without margins


def test_a_tall_picture_fits_as_well():
    tall = GREEN.resize((200, 600))
    for seed in range(8):
        mask, (left, top, right, bottom) = green_box(
            screens.screenshot(tall, np.random.default_rng(seed))
        )
        assert mask[top:bottom, left:right].all()
        assert abs((bottom - top) / (right - left) - 3) < 0.06


def test_round_corners_cut_the_corners_alone():
    shot = screens.screenshot(GREEN, np.random.default_rng(3), corner=5)
    mask, (left, top, right, bottom) = green_box(shot)
    inside = mask[top:bottom, left:right]
    assert not inside[0, 0]
    assert inside[inside.shape[0] // 2].all()
    assert inside.mean() > 0.97


@pytest.mark.parametrize("interface", range(4))
def test_a_template_differs_in_nothing_but_the_picture(interface):
    red = Image.new("RGB", GREEN.size, (200, 0, 0))
    one, other = (
        np.asarray(screens.template(picture, np.random.default_rng(9), interface), int)
        for picture in (GREEN, red)
    )
    mask, _ = green_box(Image.fromarray(one.astype(np.uint8)))
    assert ((one != other).any(axis=2) == mask).all()


def test_a_desktop_window_shows_all_of_the_picture():
    mask, (left, top, right, bottom) = green_box(screens.desktop(GREEN, np.random.default_rng(2)))
    assert mask[top:bottom, left:right].all()
    assert abs((right - left) / (bottom - top) - 1.5) < 0.02
