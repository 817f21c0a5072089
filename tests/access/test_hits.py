from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tidebreak.access.alarms import AlarmKind
from tidebreak.access.hits import ALIKE, HitWatch
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
    assert watch.looked_up(shop, 1, 1, [(known, True)]) == []
    told = []
    for step in range(4, 60, 4):
        hit = step <= 31
        told += watch.looked_up(shop, 1, int(hit), [(changed(known, step, random_bits), hit)])
    assert AlarmKind.VARIANTS in kinds(told)
    last = told[-1]
    assert last.detail["variants"] == 15
    assert last.detail["misses"] == 7
    assert (last.who, last.name) == (shop.id, "shop")


def test_what_goes_round_unchanged_is_no_variant(watch: HitWatch, shop, random_bits):
    known = random_bits.randbytes(32)
    for _ in range(100):
        raised = watch.looked_up(shop, 1000, 1, [(known, True)])
        assert AlarmKind.VARIANTS not in kinds(raised)


def test_other_pictures_are_no_variants(watch: HitWatch, shop, random_bits):
    for _ in range(2000):
        near = [(random_bits.randbytes(32), random_bits.random() < 0.5)]
        assert AlarmKind.VARIANTS not in kinds(watch.looked_up(shop, 1000, 0, near))


def test_variants_count_for_a_day_and_up_to_a_distance(watch, shop, random_bits, clock):
    known = random_bits.randbytes(32)
    watch.looked_up(shop, 1, 1, [(known, True)])
    for _ in range(10):
        clock.now += 30_000
        near = [(changed(known, 10, random_bits), True)]
        assert AlarmKind.VARIANTS not in kinds(watch.looked_up(shop, 1000, 1, near))
    far = HitWatch(clock)
    far.looked_up(shop, 1, 1, [(known, True)])
    for _ in range(10):
        near = [(changed(known, ALIKE + 1, random_bits), False)]
        assert far.looked_up(shop, 1000, 0, near) == []


def test_memory_is_bounded(watch: HitWatch, shop, random_bits):
    for _ in range(500):
        watch.looked_up(shop, 1000, 1, [(random_bits.randbytes(32), True)])
    assert len(watch._watched[shop.id].anchors) <= 64
