from __future__ import annotations

import numpy as np
from tests.screening.rig import Rig, sha256

from tidebreak.lists.counting import Listing
from tidebreak.screening.listings import Listings
from tidebreak.screening.observed import loose


def moment(changes: int, covers: int = 0) -> Listing:
    return Listing(changes, covers, {1: "{}"}, np.array([7], np.uint32), "soft")


def remembered(rig: Rig) -> list[int]:
    return [row[0] for row in rig.sql.rows("SELECT lists FROM listing ORDER BY lists")]


def test_the_newest_moment_with_which_everything_was_compared_is_the_base(rig: Rig):
    listings = Listings(rig.sql)
    assert listings.before(moment(3)) is None
    listings.begin(moment(3, 30))
    listings.begin(moment(9))
    assert remembered(rig) == [3]
    rig.keep(rig.observed(sha256(1)), lists=3)
    listings.reached(moment(5, 50))
    rig.keep(rig.observed(sha256(2)), lists=5)
    assert remembered(rig) == [3, 5]
    before = listings.before(moment(8))
    assert before is not None
    assert (before.changes, before.covers, before.lists) == (3, 30, {1: "{}"})
    assert before.taken_back.tolist() == [7]
    assert before.softened == "soft"
    assert listings.stale(8) == 2
    assert listings.stale(5) == 1
    assert listings.observations(moment(5), every=False) == 1
    assert listings.observations(moment(5), every=True) == 2


def test_when_nothing_came_to_count_all_that_depends_on_it_is_up_to_date(rig: Rig):
    listings = Listings(rig.sql)
    listings.begin(moment(3))
    for lists in (2, 3, 4, 9):
        rig.keep(rig.observed(sha256(lists)), lists=lists)
    listings.settle(moment(3), moment(6))
    # What was compared before that moment, or with newer lists, is none of its business.
    assert sorted(kept.lists for _, kept in loose(rig.sql)) == [2, 6, 6, 9]


def test_moments_on_which_nothing_depends_are_forgotten(rig: Rig):
    listings = Listings(rig.sql)
    for changes in (1, 2, 3):
        rig.keep(rig.observed(sha256(changes)), lists=changes)
        listings.reached(moment(changes))
    assert remembered(rig) == [1, 2, 3]
    with rig.sql.writing():
        rig.sql.change("UPDATE observation SET lists = 3")
    listings.reached(moment(4))
    assert remembered(rig) == [3, 4]


def test_lists_that_were_restored_are_compared_with_everything(rig: Rig):
    listings = Listings(rig.sql)
    listings.begin(moment(9))
    rig.keep(rig.observed(sha256(1)), lists=9)
    assert listings.before(moment(4)) is None
    assert listings.stale(4) == 1
    listings.reached(moment(4))
    assert remembered(rig) == [4]
