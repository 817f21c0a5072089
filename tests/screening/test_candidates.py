from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.screening.rig import kept

from tidebreak.lists.counting import Compared
from tidebreak.matching.near import SearchLimits
from tidebreak.model import Observation, View, ViewKind
from tidebreak.screening import candidates
from tidebreak.screening.blocks import Loose
from tidebreak.screening.candidates import Sieve

RANDOM = np.random.default_rng(5)
SEALS = RANDOM.integers(0, 255, (40, 16), dtype=np.uint8)
HASHES = RANDOM.integers(0, 255, (30, 32), dtype=np.uint8)


def new(seals: NDArray[np.uint8], hashes: NDArray[np.uint8], *types: str) -> Compared:
    numbers = np.arange(len(seals), dtype=np.uint32), np.arange(len(hashes), dtype=np.uint32)
    places = np.zeros(len(hashes), np.uint32)
    return Compared(hashes, numbers[1], places, seals, numbers[0], frozenset(types), ())


def flipped(value: NDArray[np.uint8], bits: int) -> bytes:
    unpacked = np.unpackbits(value)
    unpacked[RANDOM.choice(256, bits, replace=False)] ^= 1
    return np.packbits(unpacked).tobytes()


def blocks(distance: int) -> tuple[list[Loose], set[tuple[int, int]]]:
    """Return blocks, and the (block, row) that lie within 31 bits or have a seal of the list."""
    made: list[Loose] = []
    known: set[tuple[int, int]] = set()
    for block in range(4):
        items: list[Observation] = []
        for row in range(20):
            seal = RANDOM.bytes(16)
            views = [View(RANDOM.bytes(32), 100)] * (row % 3)
            if row == 3:
                seal = SEALS[10 * block].tobytes()
                known.add((block, row))
            if row == 7:
                kind = ViewKind.FULL if block % 2 else ViewKind.EXTENDED
                views = [View(flipped(HASHES[block], distance), 100, kind, number=5)]
                if distance <= 31:
                    known.add((block, row))
            items.append(Observation("", 1, "x", ("ed2k",), seal, tuple(views)))
        made.append(Loose([kept(item) for item in items]))
    return made, known


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("at_once", [1, 1 << 20])
@pytest.mark.parametrize("distance", [0, 31, 32])
def test_all_that_resembles_is_found_whichever_way_is_gone(
    monkeypatch: pytest.MonkeyPatch, few: int, at_once: int, distance: int
):
    monkeypatch.setattr(candidates, "FEW", few)
    monkeypatch.setattr(candidates, "AT_ONCE", at_once)
    given, known = blocks(distance)
    # Both kinds of an ed2k hash share a space: lists do not say which they have.
    sieve = Sieve(new(SEALS, HASHES, "ed2k-blue"), SearchLimits(31, 31))
    found = sieve.find(given)
    assert {(place, row) for place, rows in found.items() for row in rows} == known


def test_the_distance_is_each_kind_of_views_own():
    near, far = (View(flipped(HASHES[0], 35), 100, kind) for kind in (ViewKind.FULL, ViewKind.TRIM))
    given = [Loose([kept(Observation("", 1, "x", views=(view,))) for view in (near, far)])]
    assert Sieve(new(SEALS[:0], HASHES), SearchLimits(40, 31)).find(given) == {0: {0}}
    assert Sieve(new(SEALS[:0], HASHES), SearchLimits(31, 40)).find(given) == {0: {1}}


def test_frames_go_on_to_the_matcher_only_where_there_is_anything_near():
    given = [Loose([kept(Observation("", 1, "x", sequence=b"frames"))])]
    assert Sieve(new(SEALS[:0], HASHES), SearchLimits(31, 31)).find(given) == {0: {0}}
    assert Sieve(new(SEALS, HASHES[:0], "md5"), SearchLimits(31, 31)).find(given) == {}


def test_a_column_that_no_list_has_is_not_read():
    class Jealous(Loose):
        def column(self, name: str):
            assert name == "sha256"
            return super().column(name)

    item = Observation("", 1, "x", ("sha256",), SEALS[0].tobytes())
    given = [Jealous([kept(item)])]
    assert Sieve(new(SEALS, HASHES[:0], "sha256"), SearchLimits(31, 31)).find(given) == {0: {0}}
