from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.access.ledger import Ledger
from tidebreak.access.limits import Limits
from tidebreak.access.meters import Count, Meters
from tidebreak.access.roles import Principal
from tidebreak.errors import OverLimit, TidebreakError

BACKENDS = BOTH


@pytest.fixture
def meters(ledger: Ledger, clock) -> Meters:
    return Meters(ledger, clock)


def test_a_burst_passes_and_refills(meters: Meters, shop: Principal, clock):
    for _ in range(20):
        meters.charge(shop, 1)
    with pytest.raises(OverLimit, match="at once") as error:
        meters.charge(shop, 5)
    assert error.value.wait == pytest.approx(0.5)
    clock.now += 0.5
    meters.charge(shop, 5)
    with pytest.raises(OverLimit):
        meters.charge(shop, 1)


def test_a_request_larger_than_the_burst_passes_and_is_paid_for(meters, shop, clock):
    meters.charge(shop, 60)
    with pytest.raises(OverLimit) as error:
        meters.charge(shop, 1)
    assert error.value.wait == pytest.approx(4.1)
    clock.now += 4.2
    meters.charge(shop, 1)


def test_the_day_has_a_quota_and_ends_at_midnight_utc(meters: Meters, shop: Principal, clock):
    for _ in range(5):
        meters.charge(shop, 20)
        clock.now += 10
    with pytest.raises(OverLimit, match="this day") as error:
        meters.charge(shop, 1)
    assert error.value.wait == 86400 - clock.now % 86400
    clock.now += error.value.wait
    meters.charge(shop, 1)


def test_what_is_refused_is_not_counted(meters: Meters, shop: Principal):
    meters.charge(shop, 20)
    for _ in range(10):
        with pytest.raises(OverLimit):
            meters.charge(shop, 20)
    assert meters.flush() == {shop.id: Count(20, 0)}


def test_processes_share_the_day(ledger: Ledger, again: Ledger, shop: Principal, clock):
    here, there = Meters(ledger, clock), Meters(again, clock)
    big = replace(shop, limits=replace(shop.limits, burst=100))
    here.charge(big, 60)
    here.hit(big, 3)
    assert here.flush() == {shop.id: Count(60, 3)}
    there.charge(big, 60)  # not known there yet: what a second lets slip
    assert there.flush() == {shop.id: Count(120, 3)}
    with pytest.raises(OverLimit, match="this day"):
        there.charge(big, 1)
    here.flush()
    with pytest.raises(OverLimit, match="this day"):
        here.charge(big, 1)


def test_a_store_that_fails_loses_no_count(meters: Meters, ledger: Ledger, shop, monkeypatch):
    meters.charge(shop, 7)

    def fail(*_: object) -> None:
        raise TidebreakError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(ledger.sql), "change_many", fail)
        with pytest.raises(TidebreakError):
            meters.flush()
    meters.charge(shop, 2)
    assert meters.flush() == {shop.id: Count(9, 0)}
    assert meters.flush() == {shop.id: Count(9, 0)}


def test_each_day_is_counted_by_itself(meters: Meters, ledger: Ledger, shop, clock):
    meters.charge(shop, 3)
    clock.now += 86400
    meters.charge(shop, 4)
    assert meters.flush() == {shop.id: Count(4, 0)}
    rows = ledger.sql.rows("SELECT day, asked FROM usage ORDER BY day")
    assert rows == [("2027-01-15", 3), ("2027-01-16", 4)]
    assert meters.callers == [shop]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 30)), max_size=40))
def test_never_more_than_burst_and_rate_allow(steps):
    class Nothing:
        now = 0.0

        def clock(self) -> float:
            return self.now

    ledger = Nothing()
    meters = Meters(ledger, ledger.clock)  # type: ignore[arg-type]
    shop = Principal("k", "k", frozenset(), limits=Limits(per_second=10, burst=20))
    passed = 0
    for pause, count in steps:
        ledger.now += pause
        try:
            meters.charge(shop, count)
        except OverLimit:
            continue
        passed += count
    # The last request may be larger than what was left: one burst's worth of it is covered.
    assert passed <= 20 + 10 * ledger.now + 30
