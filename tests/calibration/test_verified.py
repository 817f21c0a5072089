from __future__ import annotations

import numpy as np
import skimage.data
from PIL import Image

from tidebreak.calibration.measure import Sample, cross, measure
from tidebreak.calibration.methods import NOTHING
from tidebreak.calibration.negatives import families
from tidebreak.calibration.verified import Verified


def sample(name: str) -> Sample:
    picture = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
    return Sample(name, picture)


def test_edits_that_no_hash_survives_are_possible_and_strangers_nothing():
    samples = [sample(name) for name in ("astronaut", "coffee", "rocket")]
    edits = ("crop 20", "crop 40", "rotate 10", "mirror", "screenshot", "collage 2")
    (outcome,) = measure(samples, [Verified()], edits, seed=3)
    assert (outcome.own <= 40).all()
    assert (outcome.nearest[~outcome.shown] == NOTHING).all()
    assert (outcome.hashes > 800).all()


def test_interfaces_are_not_taken_for_one_another():
    drawn = families(5, 3, [sample(name).picture for name in ("astronaut", "coffee", "chelsea")])
    same = {name: [np.asarray(p) for p in drawn[name]] for name in ("same feed", "same chat")}
    found = cross(same, Verified())
    assert set(found) == set(same)
    assert all((pairs == NOTHING).all() for pairs in found.values())


def test_nothing_known_is_nothing_found():
    answer = Verified().enrol([]).look_up(np.asarray(sample("coffee").picture))
    assert answer.nearest.shape == (0,)
