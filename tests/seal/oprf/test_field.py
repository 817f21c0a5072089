from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.seal.oprf import field

NUMBERS = st.one_of(
    st.integers(0, field.PRIME - 1),
    st.integers(0, 40),
    st.integers(field.PRIME - 40, field.PRIME - 1),
)


def words(value: int) -> list[np.ndarray]:
    return [np.array([limb], np.uint64) for limb in field.limbs_of(value)]


def value(number: list[np.ndarray]) -> int:
    return twin.value_of([int(limb[0]) for limb in number])


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_loose_factors_give_the_right_product(a: int, b: int, c: int, d: int):
    left, right = field.subtract(words(a), words(b)), field.add(words(c), words(d))
    assert value(field.multiply(left, right)) == (a - b) * (c + d) % field.PRIME
    assert value(field.multiply(left, left)) == (a - b) ** 2 % field.PRIME
    assert value(field.square(left)) == (a - b) ** 2 % field.PRIME
    assert value(field.subtract_loose(left, right)) == (a - b - c - d) % field.PRIME


def test_the_largest_loose_factors_do_not_overflow():
    most = [np.array([31 * (1 << bits) // 10], np.uint64) for bits in field.BITS]
    whole = twin.value_of([int(limb[0]) for limb in most])
    assert value(field.multiply(most, most)) == whole**2 % field.PRIME
    assert value(field.square(most)) == whole**2 % field.PRIME
    for limb, bits in zip(field.multiply(most, most), field.BITS, strict=True):
        assert int(limb[0]) < (1 << bits) + (1 << 20)


@given(NUMBERS, NUMBERS)
def test_freezing_leaves_the_least_limbs(a: int, b: int):
    frozen = field.freeze(field.subtract_loose(words(a), words(b)))
    assert [int(limb[0]) for limb in frozen] == field.limbs_of((a - b) % field.PRIME)


@given(NUMBERS)
def test_masks_are_all_ones_or_nothing(a: int):
    everything = (1 << 64) - 1
    assert int(field.zero(words(a))[0]) == (everything if a == 0 else 0)
    assert int(field.odd(words(a))[0]) == (everything if a % 2 else 0)
    mask = np.array([everything], np.uint64)
    assert value(field.choose(mask, words(a), words(1))) == a
    assert value(field.choose(~mask, words(1), words(a))) == a


def test_a_word_is_compared_with_a_small_number():
    digits = np.arange(9, dtype=np.uint64)
    for small in range(9):
        assert (field.equal(digits, small) != 0).tolist() == [d == small for d in range(9)]
