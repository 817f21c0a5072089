from __future__ import annotations

import struct

import numpy as np
import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import Damaged, UsageError
from tidebreak.seal import filter as sets

KEYS = st.lists(st.integers(0, (1 << 64) - 1), max_size=300)


def drawn(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1 << 64, count, dtype=np.uint64)


@settings(max_examples=150, deadline=None)
@given(KEYS, KEYS, st.sampled_from(sets.REMAINDERS))
def test_answers_as_a_python_set_of_cut_digests_does(inside, others, remainder):
    made = sets.build(np.array(inside, np.uint64), remainder)
    shift = 64 - remainder - max(len(inside) - 1, 0).bit_length()
    known = {key >> shift for key in inside}
    again = sets.Filter.from_bytes(made.to_bytes())
    for each in (made, again):
        assert len(each) == len(known)
        assert each.has(np.array(inside, np.uint64)).all()
        asked = each.has(np.array(others, np.uint64))
        assert asked.tolist() == [key >> shift in known for key in others]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 63, 64, 65, 100_000])
def test_what_was_put_in_is_found_after_a_round_trip(size):
    keys = drawn(size, size)
    made = sets.Filter.from_bytes(sets.build(keys).to_bytes())
    assert made.has(keys).all()
    assert made.chance <= 2.0**-32


def test_false_positives_are_as_rare_as_said():
    made = sets.build(drawn(1, 50_000), 16)
    found = int(made.has(drawn(2, 8_000_000)).sum())
    expected = made.chance * 8_000_000
    assert 2.0**-17 < made.chance <= 2.0**-16
    assert abs(found - expected) < 5 * expected**0.5
    assert not sets.build(drawn(1, 50_000), 32).has(drawn(2, 2_000_000)).any()


def test_it_is_no_larger_than_a_binary_fuse_filter():
    """Graf and Lemire measure 18 and 36 bits per key."""
    keys = drawn(3, 1_000_000)
    for remainder, fuse in ((16, 18.1), (32, 36.1)):
        bits = 8 * len(sets.build(keys, remainder).to_bytes()) / len(keys)
        assert remainder + 2 < bits < fuse + 1


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_nothing_that_was_changed_is_read(data):
    whole = sets.build(drawn(4, 40)).to_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.integers(1, 255))
    broken = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]
    for each in (broken, whole[:place], whole + b"\0"):
        with pytest.raises(Damaged):
            sets.Filter.from_bytes(each)


def signed(remainder: int, quotient: int, count: int, lows: bytes, bitmap: bytes) -> bytes:
    content = struct.pack("<8sBBQ", sets.MAGIC, remainder, quotient, count) + lows + bitmap
    return content + blake3(content).digest()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (signed(16, 1, 2, b"\2\0\1\0", b"\x03"), "order"),
        (signed(16, 1, 2, b"\1\0\1\0", b"\x03"), "order"),
        (signed(16, 1, 2, b"\1\0\2\0", b"\x01"), "as many"),
        (signed(16, 0, 1, b"\1\0", b"\x02"), "too long"),
        (signed(24, 0, 0, b"", b"\0"), "knows"),
        (signed(16, 60, 0, b"", b"\0"), "knows"),
        (signed(16, 0, 1 << 60, b"", b"\0"), "length"),
        (b"TIDESET1", "early"),
    ],
)
def test_files_that_only_pretend_are_refused(data, why):
    with pytest.raises(Damaged, match=why):
        sets.Filter.from_bytes(data)


def test_only_two_rates_are_offered():
    with pytest.raises(UsageError, match="16 or 32"):
        sets.build(drawn(1, 3), 24)
