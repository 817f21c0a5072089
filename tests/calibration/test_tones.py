from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import color, filters, util
from skimage.feature import match_template

from tidebreak.calibration import tones


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(6)


def samples(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture, np.float64)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_a_crop_is_a_part_of_the_picture_at_an_offset_of_its_own(photographs, share):
    picture = photographs["coffee"]
    places = set()
    for seed in range(3):
        part = tones.cropped(picture, np.random.default_rng(seed), share)
        assert part.size == (round(600 * (1 - share)), round(400 * (1 - share)))
        found = match_template(samples(picture.convert("L")), samples(part.convert("L")))
        top, left = np.unravel_index(int(found.argmax()), found.shape)
        again = picture.crop((left, top, left + part.width, top + part.height))
        assert np.array_equal(samples(again), samples(part))
        places.add((top, left))
    assert len(places) == 3


def test_light_and_contrast_are_what_their_names_say(photographs, rng):
    picture = photographs["rocket"]
    before, after = samples(picture), samples(tones.brighter(picture, rng, 1.3))
    assert np.abs(after - np.clip(before * 1.3, 0, 255)).max() <= 1
    flat = tones.contrasted(picture, rng, 0.5)
    assert np.isclose(samples(flat).std() / before.std(), 0.5, atol=0.02)


def test_greyscale_is_the_luma_of_itu_601(photographs, rng):
    picture = photographs["astronaut"]
    found = samples(tones.grey(picture, rng))
    assert (found == found[..., :1]).all()
    luma = samples(picture) @ [0.299, 0.587, 0.114]
    assert np.abs(found[..., 0] - luma).max() <= 1


def test_blur_and_noise_are_those_of_scikit_image(photographs, rng):
    picture = photographs["chelsea"]
    ours = samples(tones.blurred(picture, rng, 2.0))[20:-20, 20:-20]
    theirs = filters.gaussian(samples(picture), 2.0, channel_axis=2)[20:-20, 20:-20]
    assert np.abs(ours - theirs).mean() < 1.5
    noise = samples(tones.noisy(picture, rng, 15.0)) - samples(picture)
    other = util.random_noise(util.img_as_float(picture), var=(15 / 255) ** 2, rng=1) * 255
    assert abs(noise.std() - (other - samples(picture)).std()) < 0.2
    assert abs(noise.mean()) < 0.3


def test_coding_keeps_the_size_and_loses_more_at_low_quality(photographs):
    picture = photographs["coffee"]
    lost = [np.abs(samples(tones.recoded(picture, q)) - samples(picture)).mean() for q in (90, 20)]
    assert 0 < lost[0] < lost[1] < 12
    assert tones.recoded(picture, 90).size == picture.size


def test_sizes_change_as_asked(photographs, rng):
    picture = photographs["coffee"]
    assert tones.scaled(picture, rng, 0.25).size == (150, 100)
    shapes = {tones.stretched(picture, rng, 1.1).size for _ in range(20)}
    assert shapes == {(660, 400), (600, 440)}
    turned = tones.turned(picture, rng, Image.Transpose.ROTATE_90)
    assert np.array_equal(samples(turned), np.rot90(samples(picture)))


def test_a_filter_shifts_colours_and_darkens_corners(photographs, rng):
    grey = Image.new("RGB", (200, 100), (128, 128, 128))
    found = samples(tones.filtered(grey, rng))
    assert color.rgb2lab(found / 255)[50, 100, 1:].any()
    assert found[0, 0].sum() < found[50, 100].sum()
    assert tones.filtered(photographs["coffee"], rng).size == (600, 400)


def test_a_watermark_touches_a_part_of_the_picture_and_never_hides_it(rng):
    grey = Image.new("RGB", (400, 300), (128, 128, 128))
    for _ in range(12):
        change = np.abs(samples(tones.watermarked(grey, rng)) - 128).max(axis=2)
        assert 0.002 < (change > 3).mean() < 0.5
        assert change.max() < 90
