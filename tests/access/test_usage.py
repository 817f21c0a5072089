from __future__ import annotations

import pytest
from tests.backends import BOTH

from tidebreak.access import tables
from tidebreak.access.alarms import AlarmKind
from tidebreak.access.api_keys import ApiKeys
from tidebreak.access.ledger import Ledger
from tidebreak.access.meters import Count, Meters
from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.usage import expiring, mark_used, over_limits, usual

BACKENDS = BOTH

SCOPE = Scope(frozenset({Role.PLATFORM}))
DAY = 86400


def test_the_day_of_last_use_is_kept(ledger: Ledger, clock):
    keys = ApiKeys(ledger)
    keys.add("shop", SCOPE, "uid 0")
    (key,) = keys.everything()
    assert key.last_used == ""
    mark_used(ledger, {f"key:{key.id}", "person:x"})
    clock.now += DAY
    mark_used(ledger, {f"key:{key.id}"})
    mark_used(ledger, set())
    assert keys.everything()[0].last_used == "2027-01-16"


def test_the_usual_is_that_of_thirty_days_before_today(ledger: Ledger, shop, clock):
    meters = Meters(ledger, clock)
    for asked in (10, 20, 5):
        meters.charge(shop, asked)
        meters.hit(shop, 1)
        meters.flush()
        clock.now += 20 * DAY
    assert usual(ledger) == {shop.id: Count(5, 1)}
    clock.now -= 20 * DAY
    assert usual(ledger) == {shop.id: Count(20, 1)}


@pytest.mark.parametrize(
    ("count", "kinds"),
    [
        (Count(79, 29), []),
        (Count(80, 29), [AlarmKind.QUOTA]),
        (Count(79, 30), [AlarmKind.MANY_HITS]),
    ],
)
def test_a_day_with_much_is_told_of(shop, count, kinds):
    assert [one.kind for one in over_limits([shop], {shop.id: count})] == kinds
    assert over_limits([shop], {}) == []


def test_a_key_that_ends_soon_is_told_of(ledger: Ledger, clock):
    keys = ApiKeys(ledger)
    keys.add("shop", SCOPE, "uid 0", days=60)
    keys.add("ever", SCOPE, "uid 0", days=0)
    assert expiring(tables.load(ledger), clock.now) == []
    clock.now += 31 * DAY
    (raised,) = expiring(tables.load(ledger), clock.now)
    assert (raised.name, raised.kind, raised.detail) == ("shop", AlarmKind.EXPIRES, {"days": 29})
    assert raised.day == "2027-03-16"
    keys.rotate("shop", "uid 0")
    assert expiring(tables.load(ledger), clock.now) == []
