from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image
from tests.media.test_texture import page

from tidebreak.hashing.local import LocalFeatures
from tidebreak.media.features import KNOWN, extract


def upright(features: LocalFeatures) -> np.ndarray:
    return features.records[features.records["mirrored"] == 0]


def shared(first: np.ndarray, second: np.ndarray, radius: int = 31) -> np.ndarray:
    """Pairs of rows that OpenCV's own matcher finds to be each other's nearest."""
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    pairs = matcher.match(first["descriptor"].copy(), second["descriptor"].copy())
    return np.array([(p.queryIdx, p.trainIdx) for p in pairs if p.distance <= radius])


def apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.hypot(first["x"] - second["x"], first["y"] - second["y"])


@pytest.mark.parametrize("name", ["camera", "astronaut", "coffee", "chelsea"])
def test_as_many_as_asked_for_inside_the_picture(name: str):
    pixels = getattr(skimage.data, name)()
    features = extract(pixels, 400)
    assert (features.height, features.width) == pixels.shape[:2]
    assert len(upright(features)) == 400
    assert len(features) == pytest.approx(800, abs=8)
    assert len(LocalFeatures.unpack(features.pack())) == len(features)
    cells = np.unique(upright(features)["x"] * 4 // features.width
                      + 4 * (upright(features)["y"] * 4 // features.height))  # fmt: skip
    assert len(cells) >= 12


def test_the_same_picture_gives_the_same_features():
    pixels = skimage.data.coffee()
    assert extract(pixels).pack() == extract(pixels).pack()


def test_features_of_a_smaller_copy_are_where_they_should_be():
    pixels = skimage.data.astronaut()
    half = np.asarray(Image.fromarray(pixels).resize((256, 256), Image.Resampling.LANCZOS))
    known, query = upright(extract(pixels, KNOWN)), upright(extract(half))
    pairs = shared(query, known)
    assert len(pairs) > 60
    query["x"] *= 2
    query["y"] *= 2
    right = apart(query[pairs[:, 0]], known[pairs[:, 1]]) < 12
    assert right.mean() > 0.9


def test_the_mirror_image_is_described_in_its_own_coordinates():
    pixels = skimage.data.chelsea()
    both = extract(pixels)
    mirrored = both.records[both.records["mirrored"] == 1]
    really = upright(extract(np.ascontiguousarray(pixels[:, ::-1])))
    pairs = shared(mirrored, really)
    assert len(pairs) > 400
    assert np.median(apart(mirrored[pairs[:, 0]], really[pairs[:, 1]])) < 1.5
    # Without it, a mirrored picture shares nothing.
    upright_pairs = shared(upright(both), really)
    assert len(upright_pairs) < len(pairs) / 10


def test_mirror_images_can_be_left_out():
    assert not extract(skimage.data.camera(), mirrored=False).records["mirrored"].any()


def test_on_a_screen_the_photograph_is_looked_at_alone():
    features = extract(page())
    records = upright(features)
    assert len(records) > 300
    inside = (
        (records["x"] > 80) & (records["x"] < 520) & (records["y"] > 180) & (records["y"] < 620)
    )
    assert inside.all()
    mirrored = features.records[features.records["mirrored"] == 1]
    assert ((600 - mirrored["x"] > 80) & (600 - mirrored["x"] < 520)).all()


def test_a_page_of_text_alone_lies_on_flat_ground():
    text = page().copy()
    text[190:610] = 245
    records = extract(text).records
    assert len(records)
    assert records["flat"].mean() > 0.95


@pytest.mark.parametrize("shape", [(1, 1), (3, 2000), (20, 20), (300, 400), (31, 900, 3)])
def test_pictures_without_corners_have_none(shape: tuple[int, ...]):
    assert len(extract(np.full(shape, 128, np.uint8))) == 0


@pytest.mark.parametrize("shape", [(40, 3000), (3000, 50), (64, 64), (2000, 1500)])
def test_any_shape_stays_within_its_picture(shape: tuple[int, int]):
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 256, (64, 64), np.uint8))
    pixels = np.asarray(small.resize(shape[::-1], Image.Resampling.BICUBIC))
    features = extract(pixels)
    assert len(LocalFeatures.unpack(features.pack())) == len(features)
