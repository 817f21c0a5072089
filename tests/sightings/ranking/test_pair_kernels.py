from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tidebreak.sightings.ranking import pair_kernels

WORDS = arrays(
    np.uint64, st.integers(0, 60), elements=st.integers(0, 40) | st.integers(0, 2**64 - 1)
)


@settings(deadline=None)
@given(WORDS)
def test_numbers_say_which_distinct_key_each_is(keys):
    numbers, kept = pair_kernels.number(keys)
    assert kept.tolist() == list(dict.fromkeys(keys.tolist()))
    assert kept[numbers].tolist() == keys.tolist()


@settings(deadline=None)
@given(WORDS, st.integers(1, 8))
def test_equal_pairs_become_one_with_the_bits_of_all(words, width):
    wanted: dict[int, int] = {}
    for word in words.tolist():
        wanted[word >> width] = wanted.get(word >> width, 0) | word
    assert pair_kernels.unite(words, width).tolist() == list(wanted.values())


@settings(deadline=None)
@given(arrays(np.uint32, st.integers(0, 60), elements=st.integers(0, 9)))
def test_groups_are_those_of_a_stable_sort(numbers):
    starts, order = pair_kernels.grouped(numbers, 10)
    assert order.tolist() == np.argsort(numbers, kind="stable").tolist()
    assert np.diff(starts).tolist() == np.bincount(numbers, minlength=10).tolist()


@settings(deadline=None)
@given(arrays(np.uint32, st.integers(0, 60), elements=st.integers(0, 255)), st.integers(1, 31))
def test_counts_and_clears_bits_by_group(pairs, mask):
    cuts = [0, len(pairs) // 3, len(pairs) // 3, len(pairs)]
    starts = np.array(cuts)
    parts = [pairs[a:b].tolist() for a, b in pairwise(cuts)]
    wanted = [sum(pair & mask == mask for pair in part) for part in parts]
    assert pair_kernels.count(starts, pairs, mask).tolist() == wanted
    changed = pairs.copy()
    pair_kernels.clear(starts, changed, mask, np.array([2]))
    assert changed.tolist() == [*parts[0], *(pair & ~mask for pair in parts[2])]


def test_many_keys_of_one_slot_are_still_found():
    keys = (np.arange(5000, dtype=np.uint64) << np.uint64(40)) | np.uint64(7)
    numbers, kept = pair_kernels.number(np.concatenate([keys, keys[::-1]]))
    assert len(kept) == 5000
    assert numbers[:5000].tolist() == numbers[5000:][::-1].tolist()


def test_kernels_can_be_warmed():
    pair_kernels.warm()
