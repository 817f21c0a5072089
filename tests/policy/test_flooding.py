from __future__ import annotations

from tidebreak.policy.flooding import FloodLimits, OnFlood


def test_a_flood_holds_unless_somebody_says_otherwise():
    limits = FloodLimits()
    assert limits.mode is OnFlood.HOLD
    assert (limits.count, limits.minutes) == (1000, 60)
