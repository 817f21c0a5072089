from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tidebreak.index import intrinsics
from tidebreak.index.intrinsics import LANES16, LANES64

POPCOUNT, LOWEST_BIT = intrinsics.popcount, intrinsics.lowest_bit
ADDRESS_OF, PREFETCH, PREFETCH_FAR = (
    intrinsics.address_of, intrinsics.prefetch, intrinsics.prefetch_far,
)  # fmt: skip
LANES, HALVES, WHOLES = (
    intrinsics.lanes_within, intrinsics.halves_within, intrinsics.wholes_within,
)  # fmt: skip
U8 = np.uint64(8)


@numba.njit
def popcount(value):
    return POPCOUNT(value)


@numba.njit
def popcounts(values, out):
    for i in range(len(values)):
        out[i] = POPCOUNT(values[i])


@numba.njit
def lowest_bit(value):
    return LOWEST_BIT(value)


@numba.njit
def address_of(array):
    return ADDRESS_OF(array)


@numba.njit
def prefetch_all(addresses):
    for address in addresses:
        PREFETCH(address)
        PREFETCH_FAR(address)
    return len(addresses)


@numba.njit
def lanes(array, place, value, limit):
    return LANES(ADDRESS_OF(array) + np.uint64(place * 2), value, limit)


@numba.njit
def halves(columns, place, words, limit):
    at = ADDRESS_OF(columns) + np.uint64(place) * U8
    width = np.uint64(columns.shape[1]) * U8
    return HALVES(at, at + width, words[0], words[1], limit)


@numba.njit
def wholes(columns, place, words, limit):
    at = ADDRESS_OF(columns) + np.uint64(place) * U8
    width = np.uint64(columns.shape[1]) * U8
    return WHOLES(at, at + width, at + width + width, at + width + width + width,
                  words[0], words[1], words[2], words[3], limit)  # fmt: skip


def mask(flags):
    return sum(1 << i for i, flag in enumerate(flags) if flag)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.uint64])
@settings(deadline=None)
@given(data=st.data())
def test_bits_are_counted_in_every_width(kind, data):
    value = data.draw(st.integers(0, int(np.iinfo(kind).max)))
    out = np.empty(1, kind)
    popcounts(np.array([value], kind), out)
    assert out[0] == popcount(kind(value)) == value.bit_count()


@given(st.integers(1, (1 << 64) - 1), st.integers(0, 63))
def test_the_lowest_bit_is_the_one_below_which_all_are_0(value, zeros):
    value = (value << zeros) % (1 << 64) or 1 << zeros
    assert lowest_bit(np.uint64(value)) == (value & -value).bit_length() - 1


def test_an_address_is_where_numpy_says():
    whole = np.arange(60, dtype=np.uint16).reshape(6, 10)
    for array in (whole, whole[1:], whole[2], whole[:, 3:], whole[3, 7:], whole.view(np.uint32)):
        assert address_of(array) == array.ctypes.data


def test_asking_for_memory_never_faults_wherever_it_is():
    array = np.arange(8, dtype=np.uint64)
    addresses = [0, 1, 63, array.ctypes.data, array.ctypes.data + 3, 1 << 47, (1 << 64) - 1]
    assert prefetch_all(np.array(addresses, np.uint64)) == len(addresses)
    assert array.tolist() == list(range(8))


@settings(max_examples=100, deadline=None)
@given(
    values=arrays(np.uint16, LANES16 + 5), place=st.integers(0, 5),
    value=st.integers(0, 0xFFFF), limit=st.integers(0, 17),
)  # fmt: skip
def test_thirty_two_lanes_are_compared_at_any_place(values, place, value, limit):
    found = lanes(values, place, np.uint16(value), np.uint16(limit))
    seen = values[place : place + LANES16].tolist()
    assert found == mask((lane ^ value).bit_count() <= limit for lane in seen)


def test_each_lane_has_its_own_bit_at_each_distance():
    for lane in range(LANES16):
        values = np.full(LANES16, 0xFFFF, np.uint16)
        for apart in range(16):
            values[lane] = (1 << apart) - 1
            for limit in range(16):
                found = lanes(values, 0, np.uint16(0), np.uint16(limit))
                assert found == (1 << lane if apart <= limit else 0)


@settings(max_examples=100, deadline=None)
@given(
    columns=arrays(np.uint64, (4, LANES64 + 3)), place=st.integers(0, 3),
    words=arrays(np.uint64, 4), limit=st.integers(0, 257),
    near=st.integers(0, LANES64 - 1), flips=st.integers(0, (1 << 256) - 1),
)  # fmt: skip
def test_eight_hashes_and_eight_halves_are_compared_at_any_place(
    columns, place, words, limit, near, flips
):
    flipped = np.frombuffer(flips.to_bytes(32, "little"), np.uint64)
    columns[:, place + near] = words ^ flipped
    limits = {limit, flips.bit_count(), max(0, flips.bit_count() - 1)}
    seen = columns[:, place : place + LANES64].T.tolist()
    apart = [[(a ^ b).bit_count() for a, b in zip(row, words.tolist(), strict=True)]
             for row in seen]  # fmt: skip
    for most in limits:
        found = wholes(columns, place, words, np.uint64(most))
        assert found == mask(sum(each) <= most for each in apart)
        found = halves(columns, place, words, np.uint64(most))
        assert found == mask(each[0] + each[1] <= most for each in apart)
