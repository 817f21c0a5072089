from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tidebreak.index import Snapshot
from tidebreak.matching.near import GUARD, NearHit, SearchLimits, find_near
from tidebreak.model import Depth, HashList, ListKind, Observation, Thresholds, Turn, View, ViewKind
from tidebreak.places import VIDEO

BASE = bytes(range(32))
FULL = "pdq-1/full"


def flipped(bits: int) -> bytes:
    return (int.from_bytes(BASE) ^ ((1 << bits) - 1)).to_bytes(32)


def stored(folder: Path, *places: int) -> Snapshot:
    """Entries 1, 2, … with the same hash, each at one of ``places``."""
    none = np.empty(0, np.uint32)
    return Snapshot.publish(
        folder,
        near_hashes=np.tile(np.frombuffer(BASE, np.uint8), (len(places), 1)),
        near_entries=np.arange(1, len(places) + 1, dtype=np.uint32),
        near_places=np.array(places, np.uint32),
        seals=np.empty((0, 16), np.uint8),
        seal_entries=none,
        covers=len(places),
    )


def seen(*views: View, preproc: str = FULL, trivial: bool = False) -> Observation:
    return Observation("", 1, "image/png", views=views, preproc=preproc, trivial=trivial)


def found(snapshot: Snapshot, item: Observation, reach: SearchLimits) -> list[tuple[int, int]]:
    hits = find_near(snapshot, [seen(), item], reach)
    assert hits.keys() <= {1}
    return [(hit.entry, hit.distance) for hit in hits.get(1, [])]


REACH = SearchLimits(full=60, views=31)


def test_the_picture_as_it_is_is_searched_widely_and_its_views_narrowly(tmp_path: Path):
    snapshot = stored(tmp_path, 0)
    assert found(snapshot, seen(View(flipped(60), 90)), REACH) == [(1, 60)]
    assert not found(snapshot, seen(View(flipped(61), 90)), REACH)
    mirrored = View(flipped(31), 90, turn=Turn.MIRROR)
    assert found(snapshot, seen(mirrored), REACH) == [(1, 31)]
    assert not found(snapshot, seen(View(flipped(32), 90, turn=Turn.MIRROR)), REACH)


def test_only_the_picture_as_it_is_has_a_guard_on_a_fast_path(tmp_path: Path):
    snapshot = stored(tmp_path, 0)
    fast = "pdq-1/jpeg-coefficients"
    assert found(snapshot, seen(View(flipped(60 + GUARD), 90), preproc=fast), REACH)
    assert not found(snapshot, seen(View(flipped(61 + GUARD), 90), preproc=fast), REACH)
    box = View(flipped(32), 90, ViewKind.SEAM, box=(0, 0, 9, 9))
    assert not found(snapshot, seen(box, preproc=fast), REACH)


def test_low_quality_greater_depth_and_trivial_content_are_not_looked_up(tmp_path: Path):
    snapshot = stored(tmp_path, 0)
    assert not found(snapshot, seen(View(BASE, 49)), REACH)
    assert found(snapshot, seen(View(BASE, None)), REACH)
    assert not found(snapshot, seen(View(BASE, 90, depth=Depth.DEEP)), REACH)
    assert not found(snapshot, seen(View(BASE, 90), trivial=True), REACH)


def test_aligned_regions_are_compared_like_with_like_alone(tmp_path: Path):
    snapshot = stored(tmp_path, 0, 17, 501, 502, VIDEO + 3)
    region = View(BASE, 90, ViewKind.ALIGNED, number=502)
    assert found(snapshot, seen(region), REACH) == [(4, 0)]
    assert found(snapshot, seen(View(BASE, 90)), REACH) == [(1, 0), (2, 0), (5, 0)]


@pytest.mark.parametrize(
    ("view", "place", "doubtful"),
    [
        (View(BASE), 0, False),
        (View(BASE), 17, False),
        (View(BASE), VIDEO + 3, True),
        (View(BASE, kind=ViewKind.EXTENDED), 0, True),
        (View(BASE, kind=ViewKind.ALIGNED, number=502), 502, True),
        (View(BASE, kind=ViewKind.FILLED), 0, False),
        (View(BASE, kind=ViewKind.SEAM), 0, False),
        (View(BASE, kind=ViewKind.SEAM), 17, True),
        (View(BASE, kind=ViewKind.INNER), 17, False),
    ],
)
def test_what_was_guessed_or_is_a_part_is_in_doubt(view: View, place: int, doubtful: bool):
    assert bool(NearHit(3, 1, place, view).doubt) is doubtful


def test_what_is_in_doubt_comes_behind_the_rest(tmp_path: Path):
    extended = View(BASE, 90, ViewKind.EXTENDED, number=5)
    item = seen(View(flipped(20), 90), extended)
    assert found(stored(tmp_path, 0), item, REACH) == [(1, 20), (1, 0)]


def test_reach_is_that_of_the_widest_list():
    lists = [
        HashList(1, "a", ListKind.CONTRABAND, thresholds=Thresholds(20, 30, 50, quality=40)),
        HashList(2, "b", ListKind.CONTRABAND, thresholds=Thresholds(25, 28, 28)),
    ]
    assert SearchLimits.of(lists, Depth.STANDARD, leads=True) == SearchLimits(
        50, 25, 40, Depth.STANDARD
    )
    assert SearchLimits.of(lists, Depth.DEEP, leads=False) == SearchLimits(30, 30, 40, Depth.DEEP)
    assert SearchLimits.of([], Depth.FAST, leads=True) == SearchLimits(0, 0, 50, Depth.FAST)
