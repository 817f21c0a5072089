from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.index.arguments import (
    check_bytes,
    check_hashes,
    check_numbers,
    check_radius,
    check_threads,
)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_what_is_right_passes_as_it_is_and_without_a_copy(rng, count):
    hashes = rng.integers(0, 256, (count, 32), dtype=np.uint8)
    seals = hashes[:, :16].copy()
    numbers = np.arange(count, dtype=np.uint32)
    for given_, checked in (
        (hashes, check_hashes(hashes)),
        (seals, check_bytes(seals, 16, "Seals")),
        (numbers, check_numbers(numbers, count, "Entries")),
    ):
        assert np.array_equal(checked, given_)
        assert count == 0 or np.shares_memory(checked, given_)


def test_any_layout_of_memory_becomes_contiguous_with_the_same_values(rng):
    hashes = rng.integers(0, 256, (12, 64), dtype=np.uint8)
    numbers = np.arange(24, dtype=np.uint32)
    for layout in (hashes[::2, ::2], hashes[::-1, :32], np.asfortranarray(hashes[:, 32:])):
        checked = check_hashes(layout)
        assert checked.flags.c_contiguous
        assert np.array_equal(checked, layout)
        assert checked.view(np.uint64).shape == (len(layout), 4)
    for column in (numbers[::2], numbers[::-2]):
        checked = check_numbers(column, 12, "Entries")
        assert checked.flags.c_contiguous
        assert np.array_equal(checked, column)


@pytest.mark.parametrize("kind", ["i1", "u2", "f4", "?", "S1", "O"])
def test_another_type_is_named_in_the_refusal(kind):
    array = np.zeros((2, 32), kind)
    with pytest.raises(UsageError, match=f"Hashes must be .* uint8, not {array.dtype}"):
        check_hashes(array)


@pytest.mark.parametrize("kind", [">u4", "i4", "u8", "f4", "u1"])
def test_numbers_of_another_type_or_byte_order_are_refused(kind):
    with pytest.raises(UsageError, match="Entries must be a numpy array of uint32"):
        check_numbers(np.zeros(3, kind), 3, "Entries")


@pytest.mark.parametrize("wrong", [None, "hashes", b"x" * 32, [[0] * 32], 7])
def test_what_is_no_array_is_refused_by_its_name(wrong):
    for check in (
        lambda: check_hashes(wrong),
        lambda: check_numbers(wrong, 1, "Entries"),
    ):
        with pytest.raises(UsageError, match=f"not {type(wrong).__name__}"):
            check()


@pytest.mark.parametrize("shape", [(32,), (), (2, 31), (2, 33), (32, 2), (1, 2, 32), (0,), (0, 0)])
def test_another_shape_is_refused_also_when_empty(shape):
    with pytest.raises(UsageError, match=r"must have the shape \(N, 32\)"):
        check_hashes(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(), (2,), (4,), (3, 1), (1, 3), (0,)])
def test_a_column_has_one_value_for_each_row(shape):
    with pytest.raises(UsageError, match=r"Entries must have the shape \(3,\)"):
        check_numbers(np.zeros(shape, np.uint32), 3, "Entries")


@given(st.integers(-(1 << 70), 1 << 70) | st.integers(-3, 260))
def test_a_radius_is_from_0_to_256(radius):
    if 0 <= radius <= 256:
        assert check_radius(radius) == radius
    else:
        with pytest.raises(UsageError, match=f"from 0 to 256, not {radius}"):
            check_radius(radius)


def test_a_radius_may_be_any_kind_of_whole_number_but_nothing_else():
    for kind in (np.uint8, np.int64, np.uint64, np.int16):
        radius = check_radius(kind(31))
        assert (type(radius), radius) == (int, 31)
    for wrong in (31.0, np.float64(31), "31", None, [31], np.array([31, 32])):
        with pytest.raises(UsageError, match="must be a whole number"):
            check_radius(wrong)


@pytest.mark.parametrize("threads", [1, 8, np.int32(3)])
def test_threads_are_whole_and_at_least_one(threads):
    assert check_threads(threads) == threads


@pytest.mark.parametrize("threads", [0, -1, 1.0, None, "2"])
def test_no_threads_are_refused(threads):
    with pytest.raises(UsageError, match="thread"):
        check_threads(threads)
