from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps
from tests.media.test_texture import page

from tidebreak.hashing.local import LOCAL, LocalFeatures
from tidebreak.index.features import FeatureIndex
from tidebreak.matching.scenes import (
    LIMITS,
    MOST_CANDIDATES,
    RADIUS,
    SceneMatch,
    find_scenes,
    level_of,
)
from tidebreak.media.features import KNOWN, extract
from tidebreak.model import Level

NAMES = ("astronaut", "camera", "chelsea", "coffee", "rocket", "coins", "brick", "page", "retina")


def picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()).convert("RGB")


@cache
def known() -> FeatureIndex:
    values = [extract(np.asarray(picture(name)), KNOWN).stored() for name in NAMES]
    entries = np.repeat(np.arange(len(NAMES), dtype=np.uint32), [len(v) for v in values])
    return FeatureIndex.build(np.concatenate(values), entries)


def features(image: Image.Image) -> LocalFeatures:
    return extract(np.asarray(image.convert("RGB")))


def found(image: Image.Image) -> list[SceneMatch]:
    return find_scenes(features(image), known())


def cut(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    left, top = int(width * share * 0.3), int(height * share * 0.8)
    return image.crop((left, top, left + int(width * (1 - share)), top + int(height * (1 - share))))


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda image: image,
    "cut by a fifth": lambda image: cut(image, 0.2),
    "cut by two fifths": lambda image: cut(image, 0.4),
    "mirrored": ImageOps.mirror,
    "mirrored and cut": lambda image: cut(ImageOps.mirror(image), 0.2),
    "turned by 10": lambda image: image.rotate(10, Image.Resampling.BICUBIC),
    "turned by 137": lambda image: image.rotate(137, Image.Resampling.BICUBIC, expand=True),
    "a third": lambda image: ImageOps.scale(image, 1 / 3),
    "on a wall": lambda image: ImageOps.pad(image, (900, 1200), color=(240, 240, 240)),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_an_edited_picture_is_possibly_the_known_one_and_no_other(name: str, edit: str):
    (match,) = found(EDITS[edit](picture(name)))
    assert NAMES[match.entry] == name
    assert level_of(match) is Level.POSSIBLE
    assert match.mirrored == ("mirrored" in edit)


@pytest.mark.parametrize("name", ["text", "grass", "gravel", "moon", "hubble_deep_field", "cell"])
def test_strangers_are_not_found(name: str):
    assert found(picture(name)) == []


def test_where_it_lies_is_what_opencv_says():
    image = picture("astronaut")
    turned = np.eye(3)
    turned[:2] = cv2.getRotationMatrix2D((256, 256), 25, 0.6)
    turned[:2, 2] += (90, 40)
    moved = cv2.warpAffine(np.asarray(image), turned[:2], (640, 560))
    (match,) = found(Image.fromarray(moved))
    # OpenCV turns against the clock, and y points down.
    assert match.angle == pytest.approx(-25, abs=1)
    assert match.scale == pytest.approx(0.6 * 512 / 640, rel=0.02)
    corners = np.array([[0, 0, 1], [512, 0, 1], [0, 512, 1], [512, 512, 1]])
    real = corners @ turned[:2].T
    left, top, right, bottom = match.box
    # The box is that of the features, which keep off the edges.
    assert real[:, 0].min() - 2 <= left <= real[:, 0].min() + 60
    assert real[:, 1].min() - 2 <= top <= real[:, 1].min() + 60
    assert real[:, 0].max() - 60 <= right <= real[:, 0].max() + 2
    assert real[:, 1].max() - 60 <= bottom <= real[:, 1].max() + 2


def test_the_box_of_a_mirrored_picture_is_where_it_is_seen():
    canvas = Image.new("RGB", (1100, 520), (255, 255, 255))
    canvas.paste(ImageOps.mirror(picture("astronaut")), (580, 4))
    (match,) = found(canvas)
    assert match.mirrored
    assert match.box[0] > 560
    assert match.box[2] > 1000


def test_two_known_pictures_on_one_canvas_are_both_found():
    canvas = Image.new("RGB", (1130, 512))
    canvas.paste(picture("astronaut"), (0, 0))
    canvas.paste(picture("coffee").resize((600, 400)), (520, 50))
    matches = found(canvas)
    assert {NAMES[match.entry] for match in matches} == {"astronaut", "coffee"}
    left, right = sorted(matches, key=lambda match: match.box[0])
    assert left.box[2] < 540 < right.box[2]
    assert all(match.coverage > 0.4 for match in matches)


def test_how_much_is_seen_and_found_of_a_cut_picture():
    whole, part = found(picture("astronaut"))[0], found(cut(picture("astronaut"), 0.4))[0]
    assert whole.agreement > 0.9
    assert whole.seen == whole.cells == part.cells
    assert part.seen < 0.6 * part.cells
    assert part.agreement > 1.5 * part.coverage


def test_pictures_without_features_show_no_scene():
    assert find_scenes(LocalFeatures(100, 100, np.empty(0, LOCAL)), known()) == []
    empty = FeatureIndex.build(np.empty((0, 40), np.uint8), np.empty(0, np.uint32))
    assert find_scenes(features(picture("coffee")), empty) == []


def test_the_same_picture_on_many_lists_is_found_for_each_up_to_a_limit():
    values = extract(np.asarray(picture("coffee")), 120).stored()
    entries = np.repeat(np.arange(MOST_CANDIDATES + 20, dtype=np.uint32), len(values))
    index = FeatureIndex.build(np.tile(values, (MOST_CANDIDATES + 20, 1)), entries)
    matches = find_scenes(features(cut(picture("coffee"), 0.1)), index)
    assert len(matches) == MOST_CANDIDATES
    assert len({match.spots for match in matches}) == 1


def test_one_interface_with_different_photographs_are_strangers():
    def screen(name: str) -> LocalFeatures:
        canvas = Image.fromarray(page())
        canvas.paste(ImageOps.fit(picture(name).convert("L"), (400, 400)), (100, 200))
        return features(canvas)

    stored = screen("astronaut").stored()
    index = FeatureIndex.build(stored, np.zeros(len(stored), np.uint32))
    assert find_scenes(screen("astronaut"), index)
    assert not find_scenes(screen("coffee"), index)


def match(**changes: int) -> SceneMatch:
    values = {"spots": 40, "textured": 40, "found": 20, "seen": 30, "cells": 60} | changes
    return SceneMatch(entry=1, scale=1, angle=0, mirrored=False, box=(0, 0, 9, 9), **values)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, Level.POSSIBLE),
        ({"textured": LIMITS.possible_spots}, Level.POSSIBLE),
        ({"textured": LIMITS.possible_spots - 1}, Level.LEAD),
        ({"found": 3, "seen": 4}, Level.LEAD),
        ({"found": 2, "seen": 2}, None),
        ({"found": 6, "seen": 30}, Level.LEAD),
        ({"found": 4, "seen": 30}, None),
        ({"textured": 8}, None),
        ({"textured": 0, "found": 26}, Level.LEAD),
        ({"textured": 0, "found": 25}, None),
        ({"textured": 0, "found": 19, "seen": 19}, None),
        ({"textured": 0, "spots": 11, "found": 30}, None),
    ],
)
def test_levels(changes: dict[str, int], level: Level | None):
    assert level_of(match(**changes)) is level


def test_nothing_is_ever_near():
    assert level_of(match(found=60, seen=60)) is Level.POSSIBLE
    assert RADIUS <= 31
