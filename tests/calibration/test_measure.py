from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image

from tidebreak.calibration.measure import Sample, cross, edits, measure
from tidebreak.calibration.methods import Hashing, Prints


def _phash(pixels: np.ndarray) -> Prints:
    found = imagehash.phash(Image.fromarray(pixels), hash_size=16)
    return Prints.of_values([np.packbits(found.hash).tobytes()])


PHASH = Hashing("pHash", _phash, _phash)


@pytest.fixture(scope="module")
def samples(photographs) -> list[Sample]:
    return [Sample(name, item.resize((240, 160))) for name, item in photographs.items()]


def test_every_edit_of_every_picture_comes_once_and_the_same_for_a_seed(samples):
    names = ("mirror", "crop 10", "collage 2")
    first, again = (list(edits(samples, names, 3)) for _ in range(2))
    assert [(item.row, item.transform) for item in first] == [
        (row, name) for row in range(len(samples)) for name in names
    ]
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.pixels, other.pixels)
        assert one.shown == other.shown


def test_an_edit_does_not_depend_on_which_others_are_made(samples):
    (alone,) = edits(samples[1:2], ["crop 10"], 3)
    among = next(item for item in edits(samples, ["mirror", "crop 10"], 3) if
                 (item.row, item.transform) == (1, "crop 10"))  # fmt: skip
    assert np.array_equal(alone.pixels, among.pixels)


def test_pictures_that_an_edit_shows_as_well_are_named(samples):
    shown = {item.transform: item.shown for item in edits(samples, ["crop 5", "collage 4"], 3)}
    assert len(shown["crop 5"]) == 1
    assert len(set(shown["collage 4"])) == 4


def test_all_pairs_are_compared_as_imagehash_would(samples):
    seen: list[tuple[int, int]] = []
    (outcome,) = measure(samples, [PHASH], ["jpeg 50", "mirror"], 3, lambda *s: seen.append(s))
    assert outcome.nearest.shape == (2, len(samples), len(samples))
    hashes = [imagehash.phash(sample.picture, hash_size=16) for sample in samples]
    for item in edits(samples, ["jpeg 50", "mirror"], 3):
        found = imagehash.phash(Image.fromarray(item.pixels), hash_size=16)
        at = ["jpeg 50", "mirror"].index(item.transform), item.row
        assert outcome.nearest[at].tolist() == [found - known for known in hashes]
        assert outcome.shown[at].tolist() == [row == item.row for row in range(len(samples))]
    assert outcome.own.max(axis=1)[0] < 30 < outcome.own.min(axis=1)[1]
    assert (outcome.hashes == 1).all()
    assert (outcome.seconds > 0).all()
    assert seen[-1] == (2 * len(samples), 2 * len(samples))


def test_a_part_of_the_rows_gives_the_same_as_all_of_them(samples):
    (whole,) = measure(samples, [PHASH], ["crop 5"], 3)
    (part,) = measure(samples, [PHASH], ["crop 5"], 3, rows=range(1, len(samples), 2))
    assert np.array_equal(part.nearest[:, 1::2], whole.nearest[:, 1::2])
    assert not part.hashes[:, ::2].any()


def test_within_a_family_every_member_meets_every_other(samples):
    members = [np.asarray(sample.picture) for sample in samples]
    found = cross({"photographs": members}, PHASH)["photographs"]
    assert found.shape == (2, len(samples) * (len(samples) - 1))
    assert found.min() > 60
