from __future__ import annotations

from tidebreak.model import Level
from tidebreak.policy.flooding import FloodLimits, OnFlood, how_of


def test_a_flood_holds_unless_somebody_says_otherwise():
    limits = FloodLimits()
    assert limits.mode is OnFlood.HOLD
    assert (limits.count, limits.minutes) == (1000, 60)


def test_what_resembles_is_counted_apart_from_what_is_equal():
    assert [how_of(level) for level in Level if level.found] == [
        "exact", "exact-weak", "near", "near", "near",
    ]  # fmt: skip
