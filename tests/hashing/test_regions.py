from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.regions import (
    ALIGNED,
    INNER,
    REGIONS,
    aligned_views,
    regions_of,
    stored_views,
)
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Depth, ViewKind
from tidebreak.places import FIRST_ALIGNED, is_region
from tidebreak.reach import Reach

LARGEST_CROP = {Reach.FEW: 0.13, Reach.STANDARD: 0.24, Reach.MANY: 0.4}


@pytest.fixture(scope="module")
def pictures():
    return {name: getattr(data, name)() for name in ("astronaut", "coffee", "chelsea")}


@pytest.fixture(scope="module")
def stored(pictures):
    return {name: stored_views(ReducedLuma.of(pixels)) for name, pixels in pictures.items()}


def crop_of(pixels, across, down, left, top):
    """Remove shares of the width and the height; ``left`` and ``top`` (0-1) say how much there."""
    height, width = pixels.shape[:2]
    columns, rows = round(width * (1 - across)), round(height * (1 - down))
    x, y = round((width - columns) * left), round((height - rows) * top)
    return np.ascontiguousarray(pixels[y : y + rows, x : x + columns])


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


def only(views, reach):
    codes = {region.code for region in regions_of(reach)}
    return [view for view in views if view.number in codes]


def test_what_enrolment_keeps_is_of_a_kind_of_its_own(stored):
    assert {view.kind for view in stored["coffee"]} == {ViewKind.REGION}


def test_parts_lie_inside_the_picture_and_crops_have_codes_of_their_own():
    crops = [region.code for region in REGIONS if region.code < FIRST_ALIGNED]
    assert crops == list(range(10, 10 + len(crops)))
    assert all(is_region(region.code) for region in REGIONS)
    for left, top, right, bottom in [*INNER, *(region.part for region in (*REGIONS, *ALIGNED))]:
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_each_reach_has_all_regions_of_the_one_before():
    few, standard, many = (set(regions_of(reach)) for reach in Reach)
    assert few < standard < many == set(REGIONS)


def test_a_stored_region_has_the_hash_of_its_pixels(pictures, stored):
    pixels = pictures["coffee"]
    for view in stored["coffee"]:
        left, top, right, bottom = view.box
        inside = np.ascontiguousarray(pixels[top:bottom, left:right])
        assert bits(view.hash, pdq_rgb(inside).value) <= 4, view


@pytest.mark.parametrize("reach", Reach)
def test_crops_up_to_the_reach_are_found_wherever_they_lie(pictures, stored, reach):
    generator = np.random.default_rng(5)
    found = []
    for name, pixels in pictures.items():
        for share in np.linspace(0.04, LARGEST_CROP[reach], 8):
            crop = crop_of(pixels, share, share, *generator.random(2))
            views = aligned_views(ReducedLuma.of(crop))
            found.append(least(views, only(stored[name], reach)))
    assert np.mean(np.array(found) <= 31) >= 0.9
    assert np.mean(np.array(found) <= 40) >= 0.95


@pytest.mark.parametrize("share", [0.05, 0.12, 0.2])
@pytest.mark.parametrize("upright", [True, False])
def test_crops_of_one_side_alone_are_found(pictures, stored, share, upright):
    crop = crop_of(pictures["astronaut"], share * (not upright), share * upright, 0.7, 0.7)
    known = only(stored["astronaut"], Reach.STANDARD)
    assert least(aligned_views(ReducedLuma.of(crop)), known) <= 31


def test_a_square_from_the_middle_is_found(pictures, stored):
    crop = crop_of(pictures["coffee"], 1 / 3, 0, 0.5, 0.5)
    assert least(aligned_views(ReducedLuma.of(crop)), stored["coffee"]) <= 31


@pytest.mark.parametrize("rows", [slice(0, 0.15), slice(0.85, 1)])
@pytest.mark.parametrize("cut", [0, 0.05, 0.08])
def test_a_covered_head_or_foot_is_seen_past_also_in_a_crop(pictures, stored, rows, cut):
    crop = crop_of(pictures["astronaut"], cut, cut, 0.3, 0.6)
    height = len(crop)
    crop[round(rows.start * height) : round(rows.stop * height)] = 255
    assert least(aligned_views(ReducedLuma.of(crop)), only(stored["astronaut"], Reach.FEW)) <= 31


def test_other_pictures_stay_far_away(pictures, stored):
    for name, pixels in pictures.items():
        views = aligned_views(ReducedLuma.of(pixels))
        for other in pictures:
            if other != name:
                assert least(views, stored[other]) > 60


def test_views_say_what_they_are(pictures):
    views = aligned_views(ReducedLuma.of(pictures["coffee"]))
    assert {view.kind for view in views} == {ViewKind.INNER, ViewKind.ALIGNED}
    aligned = {view.number for view in views if view.kind is ViewKind.ALIGNED}
    assert aligned == {region.code for region in ALIGNED}
    assert {view.depth for view in views} == {Depth.STANDARD}
    assert not aligned_views(ReducedLuma.of(np.full((200, 300), 7, np.uint8)))
