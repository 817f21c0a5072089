from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tidebreak.calibration import drawing


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_fitted_shows_all_of_a_picture_and_covering_fills_the_whole_size(photographs):
    picture = photographs["coffee"]  # 600 x 400
    assert drawing.fitted(picture, 300, 300).size == (300, 200)
    assert drawing.fitted(picture, 1200, 900).size == (1200, 800)
    square = drawing.covering(picture, 200, 200)
    assert square.size == (200, 200)
    middle = picture.resize((300, 200), Image.Resampling.LANCZOS).crop((50, 0, 250, 200))
    assert np.array_equal(np.asarray(square), np.asarray(middle))


def test_a_scene_has_the_spectrum_of_photographs(rng):
    samples = np.asarray(drawing.scene(rng, 256, 256), float).mean(axis=2)
    power = np.abs(np.fft.fft2(samples)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    bands = [power[(frequency >= f) & (frequency < 2 * f)].mean() for f in (1 / 64, 1 / 32, 1 / 16)]
    # Amplitude falls as 1/f, power as 1/f²: a quarter per octave.
    assert all(2.5 < low / high < 6 for low, high in pairwise(bands))


def test_text_is_broken_into_lines_and_stays_in_its_box():
    canvas = Image.new("RGB", (200, 100))
    below = drawing.write(
        ImageDraw.Draw(canvas), (20, 10, 180, 70), "quiet river " * 20, 14, (255,) * 3
    )
    left, top, right, bottom = canvas.getbbox() or (0, 0, 0, 0)
    assert left >= 18
    assert top >= 10
    assert right <= 182
    assert 30 < bottom <= 76
    assert below <= 90


def test_one_line_is_made_smaller_until_it_fits():
    canvas = Image.new("RGB", (120, 60))
    drawing.write_centred(
        ImageDraw.Draw(canvas), (0, 0, 120, 60), "railway orchard", 50, (255,) * 3
    )
    left, _, right, _ = canvas.getbbox() or (0, 0, 0, 0)
    assert 60 < right - left <= 120
    assert abs((left + right) / 2 - 60) <= 3


def test_ink_stands_out_on_any_ground(rng):
    for _ in range(50):
        back = drawing.colour(rng)
        ink = drawing.readable_on(back)
        weights = np.array([0.299, 0.587, 0.114])
        assert abs(np.dot(weights, back) - np.dot(weights, ink)) >= 127


def test_draws_stay_in_their_ranges_and_reach_their_ends(rng):
    assert {drawing.whole(rng, 3, 5) for _ in range(100)} == {3, 4, 5}
    assert all(2 <= drawing.between(rng, 2, 3) <= 3 for _ in range(100))
    assert {drawing.pick(rng, "abc") for _ in range(100)} == set("abc")
    assert {len(drawing.words(rng, 2, 3).split()) for _ in range(50)} == {2, 3}
    assert all(0 <= sample <= 255 for _ in range(100) for sample in drawing.shade(rng, 250, 20, 9))
    assert abs(sum(drawing.chance(rng, 0.25) for _ in range(2000)) - 500) < 100
