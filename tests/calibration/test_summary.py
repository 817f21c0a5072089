from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.summary import (
    clean_distance,
    closest,
    counted,
    curve,
    false_pairs,
    mean_recall,
    recall,
    together,
)

NAMES = ("a", "b", "c")
EDITS = ("mirror", "crop 5")


@pytest.fixture
def outcome() -> Outcome:
    found = Outcome.empty("test", EDITS, NAMES)
    nearest = np.array(
        [
            [[5, 90, 80], [70, 31, 60], [99, 98, 32]],
            [[40, 90, 80], [38, 33, 60], [99, 41, 300]],
        ],
        np.int16,
    )
    shown = np.broadcast_to(np.eye(3, dtype=bool), nearest.shape).copy()
    shown[1, 2, 1] = True  # a collage: b is in the edit of c
    return replace(found, nearest=nearest, as_is=nearest + 20, shown=shown)


def test_recall_counts_the_own_picture_within_the_distance(outcome):
    found = recall(outcome, 31)
    assert [found[name].hits for name in EDITS] == [2, 0]
    theirs = binomtest(2, 3).proportion_ci(0.95, "exact")
    assert (found["mirror"].low, found["mirror"].high) == pytest.approx((theirs.low, theirs.high))
    assert mean_recall(outcome, 40, EDITS).value == pytest.approx((3 / 3 + 2 / 3) / 2)
    assert mean_recall(outcome, 40, []).high == 1.0


def test_false_pairs_are_counted_per_edit_and_per_pair_of_pictures(outcome):
    found = false_pairs(outcome, 60)
    assert (found.pairs, found.of_pairs) == (3, 11)  # b mirrored as c; b cropped as a and as c
    assert (found.pictures, found.of_pictures) == (2, 6)
    assert false_pairs(outcome, 37).pairs == 0
    assert 0 < false_pairs(outcome, 37).bound < 0.3


def test_what_an_edit_shows_besides_is_no_false_pair(outcome):
    assert clean_distance(outcome) == 37
    pairs = closest(outcome, 3)
    assert [(p.distance, p.query, p.transform, p.reference) for p in pairs] == [
        (38, "b", "crop 5", "a"),
        (60, "b", "mirror", "c"),
        (80, "a", "mirror", "c"),
    ]
    assert len(closest(outcome, 50)) == 6


def test_methods_together_find_what_any_of_them_finds_and_cost_all_of_it(outcome):
    other = replace(outcome, nearest=outcome.nearest[:, ::-1], hashes=outcome.hashes + 3)
    both = together("both", [outcome, other])
    assert both.method == "both"
    assert (both.nearest <= outcome.nearest).all()
    assert both.nearest[0, 0].tolist() == [5, 90, 32]
    assert (both.hashes == outcome.hashes * 2 + 3).all()


def test_views_count_only_as_far_as_they_are_searched(outcome):
    found = counted(outcome, 31)
    assert found.nearest[0, 0, 0] == 5
    assert found.nearest[0, 2, 2] == 52  # 32 by a view is out of reach; as it is, 52
    assert counted(outcome, 256).nearest[0, 2, 2] == 32


def test_the_curve_rises_with_the_distance_and_meets_the_table(outcome):
    found = curve(outcome, EDITS, 64)
    assert len(found.recall) == 65
    assert (np.diff(found.recall) >= 0).all()
    assert (np.diff(found.false_bound) >= 0).all()
    assert found.recall[40] == mean_recall(outcome, 40, EDITS).value
    assert found.false_share[60] == pytest.approx(3 / 11)
    assert (found.low <= found.recall).all()
    assert (found.recall <= found.high).all()
