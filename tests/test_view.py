from __future__ import annotations

import pytest

from tidebreak.view import Depth, Turn, View, ViewKind

HASH = bytes(32)


@pytest.mark.parametrize(
    ("view", "region", "transform"),
    [
        (View(HASH), "full", "none"),
        (View(HASH, turn=Turn.MIRROR), "full", "mirrored"),
        (View(HASH, kind=ViewKind.FRAME, number=12), "frame 12", "none"),
        (View(HASH, kind=ViewKind.ALIGNED, number=507), "region 507", "none"),
        (View(HASH, kind=ViewKind.REGION, number=12), "region 12", "none"),
        (
            View(HASH, kind=ViewKind.SEAM, box=(10, 20, 110, 70)),
            "box at seams 10,20 100x50",
            "none",
        ),
        (View(HASH, kind=ViewKind.EXTENDED, number=5), "extended", "extended by 5 %"),
        (View(HASH, kind=ViewKind.FILLED, number=15), "filled in", "15 % filled in"),
        (
            View(HASH, kind=ViewKind.LEVELLED, turn=Turn.HALF, angle=-2.5),
            "levelled",
            "half turn, turned by -2.5 degrees",
        ),
    ],
)
def test_a_view_says_in_words_what_it_is(view: View, region: str, transform: str):
    assert (view.region, view.transform) == (region, transform)


def test_every_turn_but_none_has_words_of_its_own():
    words = {View(HASH, turn=turn).transform for turn in Turn}
    assert len(words) == len(Turn) == 8


def test_depths_grow():
    assert sorted(Depth, key=lambda depth: depth.rank) == [Depth.FAST, Depth.STANDARD, Depth.DEEP]
