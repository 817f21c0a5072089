from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tidebreak.access.alarms import AlarmKind
from tidebreak.access.hits import HitWatch
from tidebreak.access.meters import Count
from tidebreak.access.roles import Principal

BITS = 256


@pytest.fixture
def watch(clock) -> HitWatch:
    return HitWatch(clock)


@pytest.fixture
def random_bits() -> random.Random:
    return random.Random(5)


def changed(value: bytes, bits: int, drawn: random.Random) -> bytes:
    number = int.from_bytes(value, "big")
    for bit in drawn.sample(range(BITS), bits):
        number ^= 1 << bit
    return number.to_bytes(32, "big")


def kinds(raised) -> list[AlarmKind]:
    return [one.kind for one in raised]


def test_a_few_hits_mean_nothing(watch: HitWatch, shop: Principal):
    assert watch.looked_up(shop, 19, 19) == []
    assert kinds(watch.looked_up(shop, 1, 1)) == [AlarmKind.HIGH_SHARE]


def test_many_hits_among_many_more_are_usual_for_a_busy_caller(watch: HitWatch, shop: Principal):
    assert watch.looked_up(shop, 100_000, 1_000) == []


def test_a_share_counts_for_an_hour(watch: HitWatch, shop: Principal, clock):
    watch.looked_up(shop, 19, 19)
    clock.now += 3600
    assert watch.looked_up(shop, 1, 1) == []


def test_callers_are_watched_apart(watch: HitWatch, shop: Principal):
    watch.looked_up(shop, 19, 19)
    assert watch.looked_up(replace(shop, id="key:other"), 1, 1) == []


@pytest.mark.parametrize(
    ("usual", "hits", "alarm"),
    [
        (Count(1_000_000, 100), 20, False),
        (Count(1_000_000, 100), 21, True),
        (Count(9_999, 0), 400, False),
        (Count(1_000_000, 10_000), 1_000, False),
    ],
)
def test_ten_times_the_usual_is_far_more(watch: HitWatch, shop, usual, hits, alarm):
    watch.learn({shop.id: usual})
    found = kinds(watch.looked_up(shop, 20_000, hits))
    assert found == ([AlarmKind.UNUSUAL_SHARE] if alarm else [])


def test_one_who_changes_a_picture_until_it_is_missed_is_told_of(watch, shop, random_bits):
    known = random_bits.randbytes(32)
    near = [(known, True)]
    near += [(changed(known, step, random_bits), step <= 31) for step in range(4, 60, 4)]
    assert watch.looked_up(shop, 1000, 8, near) == []
    (raised,) = watch.sift()
    assert raised.kind is AlarmKind.VARIANTS
    assert raised.detail == {"variants": 15, "misses": 7}
    assert (raised.who, raised.name) == (shop.id, "shop")
    assert watch.sift() == []


def test_what_one_caller_hit_says_nothing_of_another(watch, shop, random_bits):
    known = random_bits.randbytes(32)
    for number in range(20):
        caller = replace(shop, id=f"key:{number}")
        watch.looked_up(caller, 1000, 1, [(changed(known, 10, random_bits), True)])
    assert watch.sift() == []
