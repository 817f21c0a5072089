from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tidebreak.index.spread import spread_plainly
from tidebreak.index.spread_kernels import spread_fast

WORDS = arrays.arrays(np.uint64, st.tuples(st.integers(0, 5), st.just(4)))


def moved(hash_):
    """The whole number of 256 bits that a hash becomes, bit by bit."""
    return sum(1 << ((column + row) % 16 * 16 + row) for row in range(16) for column in range(16)
               if hash_ >> (row * 16 + column) & 1)  # fmt: skip


def numbers(words):
    return [int.from_bytes(row.tobytes(), "little") for row in words]


def test_each_single_bit_goes_where_the_order_says():
    single = np.packbits(np.eye(256, dtype=np.uint8), axis=1, bitorder="little").view(np.uint64)
    out = spread_fast(single, np.empty_like(single))
    assert numbers(out) == [moved(1 << bit) for bit in range(256)]
    assert len(set(numbers(out))) == 256


@given(WORDS)
def test_all_bits_together_go_where_each_goes_alone(words):
    out = spread_fast(words, np.empty_like(words))
    assert numbers(out) == [moved(each) for each in numbers(words)]
    assert np.array_equal(out, spread_plainly(words))


@given(WORDS)
def test_what_it_reads_stays_unless_it_is_also_what_it_writes(words):
    kept, out = words.copy(), np.empty_like(words)
    assert spread_fast(words, out) is out
    assert np.array_equal(words, kept)
    assert spread_fast(words, words) is words
    assert np.array_equal(words, out)
