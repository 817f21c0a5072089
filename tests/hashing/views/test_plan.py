"""The views as a whole: what people do to photographs, undone."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import skimage.data
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.hashing.views import ReducedLuma, views_of
from tidebreak.model import Depth, Turn, View, ViewKind

NAMES = ("astronaut", "coffee", "chelsea", "rocket")
Edit = Callable[[Image.Image], Image.Image]


def photograph(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)())


def views(picture: Image.Image, depth: Depth = Depth.STANDARD) -> list[View]:
    return views_of(ReducedLuma.of(np.asarray(picture.convert("RGB"))), depth)


def nearest(picture: Image.Image, original: Image.Image, depth: Depth) -> tuple[int, View]:
    known = int.from_bytes(pdq_rgb(np.asarray(original)).value)
    distances = [
        ((int.from_bytes(view.hash) ^ known).bit_count(), view) for view in views(picture, depth)
    ]
    return min(distances, key=lambda pair: pair[0])


def mirrored_with_border(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(ImageOps.mirror(picture), 40, "white")


def captioned(picture: Image.Image) -> Image.Image:
    found = picture.copy()
    found.paste((255, 255, 255), (0, round(picture.height * 0.85), picture.width, picture.height))
    return found


EDITS: list[tuple[Edit, Depth, ViewKind, Turn]] = [
    (lambda p: p, Depth.FAST, ViewKind.FULL, Turn.NONE),
    (ImageOps.mirror, Depth.FAST, ViewKind.FULL, Turn.MIRROR),
    (ImageOps.flip, Depth.FAST, ViewKind.FULL, Turn.FLIP),
    (lambda p: p.rotate(180), Depth.FAST, ViewKind.FULL, Turn.HALF),
    (lambda p: p.transpose(Image.Transpose.ROTATE_90), Depth.FAST, ViewKind.FULL, Turn.RIGHT),
    (lambda p: p.transpose(Image.Transpose.ROTATE_270), Depth.FAST, ViewKind.FULL, Turn.LEFT),
    (lambda p: p.transpose(Image.Transpose.TRANSPOSE), Depth.FAST, ViewKind.FULL, Turn.TRANSPOSE),
    (lambda p: ImageOps.expand(p, 50, "black"), Depth.FAST, ViewKind.TRIM, Turn.NONE),
    (mirrored_with_border, Depth.STANDARD, ViewKind.TRIM, Turn.MIRROR),
    (lambda p: p.rotate(4, expand=True), Depth.STANDARD, ViewKind.LEVELLED, Turn.NONE),
    (lambda p: ImageOps.mirror(p.rotate(4, expand=True)), Depth.DEEP, ViewKind.LEVELLED,
     Turn.MIRROR),
]  # fmt: skip
"""Edits, the depth that undoes them, and the view that should."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", range(len(EDITS)))
def test_what_was_done_is_undone_and_said(name: str, number: int):
    edit, depth, kind, turn = EDITS[number]
    distance, view = nearest(edit(photograph(name)), photograph(name), depth)
    assert distance <= 31
    assert (view.kind, view.turn) == (kind, turn)


@pytest.mark.parametrize("name", NAMES)
def test_a_covered_strip_is_continued_from_what_is_left(name: str):
    found = views(captioned(photograph(name)))
    strips = [view for view in found if view.kind is ViewKind.FILLED and view.number >= 10]
    assert any(abs(view.number - 15) <= 1 for view in strips)
    known = int.from_bytes(pdq_rgb(np.asarray(photograph(name))).value)
    covered = (int.from_bytes(found[0].hash) ^ known).bit_count()
    assert min((int.from_bytes(v.hash) ^ known).bit_count() for v in strips) < covered


def test_more_depth_only_adds():
    picture = mirrored_with_border(photograph("coffee"))
    found = [views(picture, depth) for depth in Depth]
    for less, more in itertools.pairwise(found):
        assert {view.hash for view in less} <= {view.hash for view in more}
    for depth, made in zip(Depth, found, strict=True):
        assert all(view.depth.rank <= depth.rank for view in made)
    assert len(found[0]) <= 10
    assert len(found[1]) <= 80
    assert len(found[2]) <= 260


def test_no_hash_is_stated_twice_and_none_is_of_low_quality():
    made = views(photograph("rocket"), Depth.DEEP)
    assert len({view.hash for view in made}) == len(made)
    assert all(view.quality is not None and view.quality >= 50 for view in made)
    assert made[0].kind is ViewKind.FULL
    assert made[0].box is None


@pytest.mark.parametrize("pair", list(itertools.combinations(NAMES, 2)))
def test_other_photographs_stay_far_away(pair: tuple[str, str]):
    one, other = (photograph(name) for name in pair)
    assert nearest(mirrored_with_border(one), other, Depth.DEEP)[0] > 60


@pytest.mark.parametrize("shape", [(1, 1), (4, 900), (5, 5), (200, 200), (9, 3000)])
def test_a_picture_with_nothing_to_see_has_no_views(shape: tuple[int, int]):
    assert views_of(ReducedLuma.of(np.full(shape, 80, np.uint8)), Depth.DEEP) == []


@given(
    st.integers(1, 200), st.integers(1, 200), st.integers(1, 30), st.sampled_from(Depth),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_anything_is_taken(height: int, width: int, grain: int, depth: Depth, seed: int):
    coarse = np.random.default_rng(seed).integers(
        0, 256, (-(-height // grain), -(-width // grain)), dtype=np.uint8
    )
    pixels = coarse.repeat(grain, axis=0).repeat(grain, axis=1)[:height, :width]
    for view in views_of(ReducedLuma.of(pixels), depth):
        assert len(view.hash) == 32
        assert view.box is None or (view.box[0] < view.box[2] and view.box[1] < view.box[3])
