from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter
from skimage.feature import match_template

from tidebreak.calibration import framing


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def picture(photographs) -> Image.Image:
    return photographs["coffee"].resize((240, 160))


def samples(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float64)


def place_of(part: Image.Image, whole: Image.Image) -> tuple[float, int, int]:
    """How well, and at which left and top, ``part`` is found in ``whole``."""
    found = match_template(samples(whole.convert("L")), samples(part.convert("L")))
    top, left = np.unravel_index(int(found.argmax()), found.shape)
    return float(found.max()), int(left), int(top)


def test_a_border_is_as_wide_on_every_side_and_of_its_colour(picture, rng):
    found = framing.bordered(picture, rng, 0.1, 255)
    assert found.size == (240 + 32, 160 + 32)
    assert place_of(picture, found)[1:] == (16, 16)
    assert samples(found)[:16].min() > 240
    assert samples(framing.bordered(picture, rng, 0.05, 0))[:8].max() < 12


def test_a_gradient_border_changes_along_one_side(picture, rng):
    found = samples(framing.gradient_bordered(picture, rng, 0.1))
    assert found.shape == (192, 272, 3)
    rim = found[0] if found[0].std(axis=0).any() else found[:, 0]
    assert np.abs(rim[0] - rim[-1]).max() > 10
    assert np.abs(np.diff(rim, axis=0)).max() <= 3


def test_a_caption_covers_its_share_and_leaves_the_rest(picture, rng):
    for _ in range(8):
        found = framing.captioned_over(picture, rng, 0.15)
        touched = (samples(found) != samples(picture)).any(axis=(1, 2))
        assert found.size == picture.size
        assert touched.sum() == 24
        assert touched[:24].all() or touched[-24:].all()


def test_a_caption_bar_stands_above_or_below_all_of_the_picture(picture, rng):
    tops = set()
    for _ in range(12):
        found = framing.captioned_beside(picture, rng)
        score, left, top = place_of(picture, found)
        assert score > 0.999
        assert left == 0
        assert top in (0, found.height - 160)
        tops.add(top > 0)
        assert 16 <= found.height - 160 <= 45
    assert tops == {True, False}


def test_a_meme_writes_white_over_head_and_foot(picture, rng):
    touched = (samples(framing.memed(picture, rng)) != samples(picture)).any(axis=2)
    assert touched[:29].any()
    assert touched[-29:].any()
    assert not touched[40:120].any()


def test_a_letterbox_is_nine_to_sixteen_with_the_picture_in_the_middle(picture, rng):
    for _ in range(4):
        found = samples(framing.letterboxed(picture, rng, 9, 16))
        height, width = found.shape[:2]
        assert abs(height / width - 16 / 9) < 0.01
        rows = np.flatnonzero(found.any(axis=(1, 2)))
        assert abs(len(rows) / width - 160 / 240) < 0.01
        assert abs(rows[0] - (height - 1 - rows[-1])) <= 1


def test_a_story_is_sharp_in_the_middle_and_blurred_above_and_below(picture, rng):
    found = framing.story(picture, rng, 9, 16)
    assert abs(found.height / found.width - 16 / 9) < 0.01
    edges = samples(found.convert("L").filter(ImageFilter.FIND_EDGES)).mean(axis=1)
    height = found.height
    assert edges[height // 2 - 50 : height // 2 + 50].mean() > 3 * edges[40 : height // 8].mean()


@pytest.mark.parametrize("count", [1, 2])
def test_a_collage_holds_all_of_the_picture_beside_the_others(photographs, rng, count):
    picture = photographs["coffee"].resize((240, 160))
    others = [photographs["astronaut"], photographs["chelsea"]][:count]
    for _ in range(4):
        found = framing.collage(picture, rng, others)
        assert max(place_of(picture, found)[0], 0) > 0.98
        assert found.width * found.height > (count + 1) * 240 * 160 * 0.6


def test_four_cells_and_a_picture_in_a_corner_hold_it_too(photographs, rng):
    picture = photographs["coffee"]
    others = [photographs[name] for name in ("astronaut", "chelsea", "rocket")]
    assert place_of(picture.resize((480, 320)), framing.grid(picture, rng, others))[0] > 0.98
    found = framing.inset(picture, rng, others)
    assert found.size == (960, 720)
    changed = (samples(found) != samples(framing.covering(others[0], 960, 720))).any(axis=2)
    assert 0.1 < changed.mean() < 0.5


@pytest.mark.parametrize("degrees", [3.0, 10.0])
def test_turning_by_degrees_and_back_gives_the_picture_again(picture, degrees):
    picture = picture.filter(ImageFilter.GaussianBlur(2))
    middle = slice(50, 110), slice(80, 160)
    turned = {
        seed: framing.rotated(picture, np.random.default_rng(seed), degrees) for seed in range(12)
    }
    assert any(item.size == picture.size for item in turned.values())
    assert any(item.width > picture.width for item in turned.values())
    for item in turned.values():
        how = Image.Resampling.BICUBIC
        errors = []
        for back in (item.rotate(degrees, how), item.rotate(-degrees, how)):
            left, top = (back.width - 240) // 2, (back.height - 160) // 2
            upright = samples(back.crop((left, top, left + 240, top + 160)))
            errors.append(np.abs(upright[middle] - samples(picture)[middle]).mean())
        assert min(errors) < 6 < max(errors)


def test_straightening_keeps_the_aspect_and_leaves_no_corner(rng):
    white = Image.new("RGB", (300, 200), (255, 255, 255))
    for degrees in (3.0, 10.0):
        found = framing.straightened(white, rng, degrees)
        assert samples(found)[2:-2, 2:-2].min() == 255
        assert abs(found.width / found.height - 1.5) < 0.02
        assert found.width > 300 * (0.9 if degrees == 3 else 0.7)
