from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.access.variants import ALIKE, ANCHORS, WAITING, Anchor, Near, Variants

BITS = 256


@pytest.fixture
def drawn() -> random.Random:
    return random.Random(5)


def changed(value: bytes, bits: int, drawn: random.Random) -> bytes:
    number = int.from_bytes(value, "big")
    for bit in drawn.sample(range(BITS), bits):
        number ^= 1 << bit
    return number.to_bytes(32, "big")


def told(variants: Variants, near: list[Near], now: float = 0) -> list[Anchor]:
    variants.add(near, sum(hit for _, hit in near))
    return variants.sift(variants.take(), now)


def most(variants: Variants, near: list[Near], now: float = 0) -> int:
    return max((len(anchor.seen) for anchor in told(variants, near, now)), default=0)


def test_what_looks_like_a_hit_is_counted_once(drawn: random.Random):
    variants, known = Variants(), drawn.randbytes(32)
    near = [(changed(known, bits, drawn), False) for bits in (1, 40, ALIKE)]
    (anchor,) = told(variants, [(known, True), *near, *near])
    assert (len(anchor.seen), anchor.misses) == (4, 3)
    (anchor,) = told(variants, [(known, True), (changed(known, 5, drawn), True)])
    assert (len(anchor.seen), anchor.misses) == (5, 3)


def test_what_goes_round_unchanged_is_no_variant(drawn: random.Random):
    variants, known = Variants(), drawn.randbytes(32)
    assert most(variants, [(known, True)] * 100) <= 1
    assert most(variants, [(known, True)] * 100) <= 1


def test_other_pictures_are_no_variants(drawn: random.Random):
    variants = Variants()
    near = [(drawn.randbytes(32), drawn.random() < 0.1) for _ in range(3000)]
    assert most(variants, near) <= 1
    known = drawn.randbytes(32)
    assert most(variants, [(known, True)]) <= 1
    assert most(variants, [(changed(known, ALIKE + 1, drawn), False) for _ in range(50)]) == 0


def test_a_hit_is_remembered_for_a_day(drawn: random.Random):
    variants, known = Variants(), drawn.randbytes(32)
    for number in range(20):
        near = [(changed(known, 10, drawn), True)]
        assert most(variants, near, number * 30_000) <= 3


def test_where_nothing_was_hit_nothing_is_kept(drawn: random.Random):
    variants = Variants()
    variants.add([(drawn.randbytes(32), False)] * 10, 0)
    assert variants.take() == []


def test_memory_is_bounded_and_hits_are_not_crowded_out(drawn: random.Random):
    variants = Variants()
    told(variants, [(drawn.randbytes(32), True) for _ in range(500)])
    assert len(variants._anchors) == ANCHORS
    known, misses = drawn.randbytes(32), [(drawn.randbytes(32), False)] * WAITING
    variants.add(misses, 0)
    variants.add(misses, 0)
    variants.add([(known, True), (changed(known, 3, drawn), True)], 2)
    taken = variants.take()
    assert len(taken) <= 2 * WAITING + 2
    (anchor,) = variants.sift(taken[-2:], 0)
    assert len(anchor.seen) == 2


def test_what_is_no_pdq_is_left_out():
    assert most(Variants(), [(b"short", True), (b"", False)]) == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 160), max_size=40), st.integers(0, 2**32))
def test_it_finds_what_comparing_one_by_one_finds(steps, seed):
    drawn = random.Random(seed)
    known = drawn.randbytes(32)
    misses = [changed(known, bits, drawn) for bits in steps]
    alike = {value for value in misses if _distance(value, known) <= ALIKE}
    grown = told(Variants(), [(known, True), *((value, False) for value in misses)])
    assert [one.seen for one in grown] == ([{known} | alike] if alike else [])


def _distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
