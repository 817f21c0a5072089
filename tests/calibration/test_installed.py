from __future__ import annotations

import io

import numpy as np
import pdqhash
import pytest
from PIL import ImageOps

from tidebreak.calibration.installed import (
    LEAST_QUALITY,
    asked,
    enrolled_method,
    own_method,
    plain_pdq,
    prints_of,
    stored_hash,
    stored_regions,
)
from tidebreak.media.image import hash_image
from tidebreak.media.picture_views import Query
from tidebreak.model import Depth, Turn, View, ViewKind
from tidebreak.settings import Limits


def test_what_is_stored_is_pdqhashs_hash(photographs):
    pixels = np.asarray(photographs["coffee"])
    bits, _ = pdqhash.compute(pixels)
    assert stored_hash(pixels).hashes.tobytes() == np.packbits(bits.astype(np.uint8)).tobytes()
    assert stored_hash(pixels).as_is.tolist() == [True]


def test_a_picture_without_structure_is_neither_stored_nor_looked_up():
    flat = np.full((200, 200, 3), 90, np.uint8)
    assert len(stored_hash(flat).hashes) == 0


def test_views_of_low_quality_are_left_out_and_the_others_say_what_they_are():
    views = [
        View(bytes(32), 80),
        View(b"a" * 32, 49),
        View(b"b" * 32, 50, turn=Turn.MIRROR),
        View(b"c" * 32, None, ViewKind.ALIGNED, number=507),
        View(b"d" * 32, 90, ViewKind.EXTENDED, number=5),
    ]
    prints = prints_of(views)
    assert [row.tobytes()[:1] for row in prints.hashes] == [b"\0", b"b", b"c", b"d"]
    assert prints.as_is.tolist() == [True, False, False, False]
    assert prints.codes.tolist() == [0, 0, 507, 0]


@pytest.mark.parametrize("depth", Depth)
def test_a_mirror_image_is_found_at_every_depth_but_not_by_plain_pdq(photographs, depth):
    pictures = [np.asarray(item) for item in photographs.values()]
    mirrored = np.ascontiguousarray(pictures[0][:, ::-1])
    answer = own_method(depth).enrol(pictures).look_up(mirrored)
    assert answer.nearest[0] <= 31 < answer.nearest[1:].min()
    assert answer.as_is[0] > 60
    assert plain_pdq().enrol(pictures).look_up(mirrored).nearest[0] > 60


def test_more_is_looked_up_at_greater_depth(photographs):
    pixels = np.asarray(photographs["astronaut"])
    counts = [len(asked(pixels, depth).hashes) for depth in Depth]
    assert counts == sorted(counts)
    assert counts[0] > 1


def test_an_enrolled_picture_is_found_by_a_crop_that_no_view_reaches(photographs):
    pictures = [np.asarray(item) for item in photographs.values()]
    height, width = pictures[0].shape[:2]
    crop = pictures[0][round(0.08 * height) : round(0.93 * height), round(0.1 * width) :]
    enrolled, plain = enrolled_method(Depth.STANDARD), own_method(Depth.STANDARD)
    answer = enrolled.enrol(pictures).look_up(crop)
    assert answer.nearest[0] <= 40 < answer.nearest[1:].min()
    assert plain.enrol(pictures).look_up(crop).nearest[0] > answer.nearest[0]
    assert len(stored_regions(pictures[0]).hashes) > 20


@pytest.mark.parametrize("depth", Depth)
def test_what_is_measured_is_what_a_worker_makes_of_the_same_file(photographs, depth):
    framed = ImageOps.expand(photographs["chelsea"].resize((300, 200)), 30, (250, 250, 250))
    file = io.BytesIO()
    framed.save(file, "PNG")
    found = hash_image(file.getvalue(), Limits(), wanted=Query(depth))
    assert found.hash is not None
    good = [view.hash for view in found.views if (view.quality or 0) >= LEAST_QUALITY]
    measured = [row.tobytes() for row in asked(np.asarray(framed), depth).hashes]
    assert measured == [found.hash.value, *good]
