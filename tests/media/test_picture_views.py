from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps

from tidebreak.hashing.jpeg import luma_of
from tidebreak.hashing.regions import REGIONS as STORED
from tidebreak.media.picture_views import REGIONS, Query, views_of_jpeg, views_of_pixels
from tidebreak.model import Depth, Turn, ViewKind


def bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def photograph(width: int, height: int) -> Image.Image:
    return Image.fromarray(skimage.data.coffee()).resize((width, height))


def jpeg_of(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def test_without_a_depth_there_are_no_views():
    picture = photograph(1400, 1100)
    assert views_of_pixels(np.asarray(picture), None) == ()
    luma = luma_of(jpeg_of(picture))
    assert luma is not None
    assert views_of_jpeg(luma, 1, None) == ()


def test_the_picture_as_it_is_is_not_among_its_views():
    for view in views_of_pixels(np.asarray(photograph(700, 500)), Query(Depth.DEEP)):
        assert (view.kind, view.turn) != (ViewKind.FULL, Turn.NONE)


@pytest.mark.parametrize("size", [(1400, 1100), (3300, 2400)])
@pytest.mark.parametrize("orientation", [1, 2, 3, 6])
def test_views_of_coefficients_are_those_of_the_pixels(size: tuple[int, int], orientation: int):
    picture = ImageOps.expand(photograph(*size), 90, "white")
    data = jpeg_of(picture)
    luma = luma_of(data)
    assert luma is not None
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    turned = {1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 6: np.rot90(pixels, -1)}
    exact = views_of_pixels(np.ascontiguousarray(turned[orientation]), Query(Depth.FAST))
    fast = views_of_jpeg(luma, orientation, Query(Depth.FAST))
    assert fast is not None
    for kind in (ViewKind.FULL, ViewKind.TRIM):
        ours = {view.turn: view.hash for view in fast if view.kind is kind}
        theirs = {view.turn: view.hash for view in exact if view.kind is kind}
        assert ours.keys() == theirs.keys() != set()
        for turn, value in ours.items():
            assert bits(value, theirs[turn]) <= 12


def test_a_small_jpeg_has_to_be_decoded():
    luma = luma_of(jpeg_of(photograph(900, 700)))
    assert luma is not None
    assert views_of_jpeg(luma, 1, Query(Depth.FAST)) is None


def test_of_a_known_picture_the_regions_are_wanted_and_never_from_a_fast_path():
    picture = photograph(1400, 1100)
    assert views_of_jpeg(luma_of(jpeg_of(picture)), 1, REGIONS) is None
    views = views_of_pixels(np.asarray(picture), REGIONS)
    assert {view.kind for view in views} == {ViewKind.REGION}
    assert {view.number for view in views} == {region.code for region in STORED}


def test_what_only_enrolled_media_is_found_by_is_made_where_it_is_asked_for():
    pixels = np.asarray(photograph(700, 500))
    for depth in Depth:
        plain = views_of_pixels(pixels, Query(depth))
        more = views_of_pixels(pixels, Query(depth, regions=True))
        added = [view.kind for view in more[len(plain) :]]
        assert more[: len(plain)] == plain
        assert set(added) == (set() if depth is Depth.FAST else {ViewKind.INNER, ViewKind.ALIGNED})
