from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tidebreak.calibration.bands import bands_of
from tidebreak.calibration.measure import Outcome
from tidebreak.calibration.run import Calibration
from tidebreak.model import Depth, HashList, Level, ListKind, Thresholds
from tidebreak.settings import Settings


@pytest.fixture
def measured() -> Calibration:
    """Of three pictures, one is 35 bits away as it is, one by a view alone, one is close."""
    found = Outcome.empty("test", ("mirror", "meme"), ("a", "b", "c"))
    nearest = np.full((2, 3, 3), 90, np.int16)
    as_is = np.full((2, 3, 3), 120, np.int16)
    for row, (by_view, whole) in enumerate([(35, 35), (35, 120), (10, 50)]):
        nearest[:, row, row], as_is[:, row, row] = by_view, whole
    nearest[0, 0, 1], as_is[0, 0, 1] = 38, 38
    shown = np.broadcast_to(np.eye(3, dtype=bool), nearest.shape)
    outcome = replace(found, nearest=nearest, as_is=as_is, shown=shown)
    hard = {"skies": np.array([[20, 35, 90], [70, 35, 90]], np.int16)}
    return Calibration(outcome, hard, (), Settings(depth=Depth.STANDARD), 1, "")


def found_by(measured: Calibration, *lists: HashList) -> dict[tuple[tuple[str, ...], Level], int]:
    return {(b.lists, b.level): b.recall["mirror"].hits for b in bands_of(measured, lists)}


def test_levels_are_counted_as_a_scan_counts_them(measured):
    # By a view alone, 35 bits are out of reach at standard depth.
    assert found_by(measured) == {((), Level.NEAR): 1, ((), Level.POSSIBLE): 2, ((), Level.LEAD): 2}
    near, possible, _ = bands_of(measured, [])
    assert (near.false.pairs, possible.false.pairs) == (0, 1)
    assert near.hard == {"skies": (1, 3)}
    assert possible.hard == {"skies": (2, 3)}
    assert near.held_out is not None
    assert near.held_out.value == pytest.approx(1 / 3)


def test_in_depth_views_reach_as_far_as_possible(measured):
    deep = replace(measured, settings=Settings(depth=Depth.DEEP))
    assert found_by(deep)[((), Level.POSSIBLE)] == 3


def test_without_leads_there_is_no_such_band(measured):
    quiet = replace(measured, settings=Settings(leads=False))
    assert [band.level for band in bands_of(quiet, [])] == [Level.NEAR, Level.POSSIBLE]


def test_lists_with_thresholds_of_their_own_have_bands_of_their_own(measured):
    own = Thresholds(near=36, possible=50, author="me", reason="because")
    lists = [
        HashList(1, "one", ListKind.CONTRABAND, thresholds=own),
        HashList(2, "two", ListKind.WATCH, thresholds=replace(own, author="you")),
        HashList(3, "plain", ListKind.CONTRABAND),
        HashList(4, "off", ListKind.CONTRABAND, enabled=False, thresholds=Thresholds(near=1)),
        HashList(5, "allow", ListKind.ALLOW, thresholds=Thresholds(near=2)),
    ]
    found = found_by(measured, *lists)
    assert {names for names, _ in found} == {("plain",), ("one", "two")}
    assert found[("one", "two"), Level.NEAR] == 3
    usual = {band.lists for band in bands_of(measured, lists) if band.usual}
    assert usual == {("plain",)}
