from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.regions import ALIGNED, INNER, REGIONS, aligned_views, stored_views
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Depth, ViewKind
from tidebreak.places import FIRST_ALIGNED, is_region


@pytest.fixture(scope="module")
def pictures():
    return {name: getattr(data, name)() for name in ("astronaut", "coffee", "chelsea")}


@pytest.fixture(scope="module")
def stored(pictures):
    return {name: stored_views(ReducedLuma.of(pixels)) for name, pixels in pictures.items()}


def crop_of(pixels, share, left, top):
    """Remove ``share`` of both sides; ``left`` and ``top`` (0-1) say how much of it there."""
    height, width = pixels.shape[:2]
    across, down = round(width * (1 - share)), round(height * (1 - share))
    x, y = round((width - across) * left), round((height - down) * top)
    return np.ascontiguousarray(pixels[y : y + down, x : x + across])


def bits(one, other):
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def least(query, known):
    """The distance by what may be compared: aligned regions like with like, the rest freely."""
    return min(
        bits(view.hash, part.hash)
        for view in query
        for part in known
        if (view.number == part.number if view.number else part.number < FIRST_ALIGNED)
    )


def test_codes_are_unique_and_parts_lie_inside_the_picture():
    codes = [region.code for region in REGIONS]
    assert len(set(codes)) == len(codes)
    assert all(map(is_region, codes))
    for left, top, right, bottom in [*INNER, *(region.part for region in REGIONS)]:
        assert 0 <= left < right <= 1 + 1e-9
        assert 0 <= top < bottom <= 1 + 1e-9


def test_a_stored_region_has_the_hash_of_its_pixels(pictures, stored):
    pixels = pictures["coffee"]
    for view in stored["coffee"]:
        left, top, right, bottom = view.box
        inside = np.ascontiguousarray(pixels[top:bottom, left:right])
        assert bits(view.hash, pdq_rgb(inside).value) <= 4, view


def test_crops_of_every_size_and_place_are_found(pictures, stored):
    generator = np.random.default_rng(5)
    found = []
    for name, pixels in pictures.items():
        for share in np.linspace(0.03, 0.2, 8):
            crop = crop_of(pixels, share, *generator.random(2))
            found.append(least(aligned_views(ReducedLuma.of(crop)), stored[name]))
    assert max(found) <= 40
    assert np.mean(np.array(found) <= 31) >= 0.9


@pytest.mark.parametrize("share", [0.05, 0.12, 0.2])
def test_crops_of_one_side_alone_are_found(pictures, stored, share):
    pixels = pictures["astronaut"]
    width = pixels.shape[1]
    crop = np.ascontiguousarray(
        pixels[:, round(width * share * 0.7) : round(width * (1 - share * 0.3))]
    )
    assert least(aligned_views(ReducedLuma.of(crop)), stored["astronaut"]) <= 31


@pytest.mark.parametrize("rows", [slice(0, 75), slice(440, 512)])
def test_a_covered_head_or_foot_leaves_an_aligned_region_as_it_was(pictures, stored, rows):
    pixels = pictures["astronaut"].copy()
    pixels[rows] = 255
    assert least(aligned_views(ReducedLuma.of(pixels)), stored["astronaut"]) <= 8


def test_other_pictures_stay_far_away(pictures, stored):
    for name, pixels in pictures.items():
        views = aligned_views(ReducedLuma.of(pixels))
        for other in pictures:
            if other != name:
                assert least(views, stored[other]) > 60


def test_views_say_what_they_are(pictures):
    views = aligned_views(ReducedLuma.of(pictures["coffee"]))
    assert {view.kind for view in views} == {ViewKind.INNER, ViewKind.ALIGNED}
    assert {view.number for view in views if view.kind is ViewKind.ALIGNED} == set(ALIGNED)
    assert {view.depth for view in views} == {Depth.STANDARD}
    assert not aligned_views(ReducedLuma.of(np.full((200, 300), 7, np.uint8)))
