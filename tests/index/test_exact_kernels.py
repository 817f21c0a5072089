from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index.exact_kernels import find, sort_into_buckets
from tidebreak.index.exact_plain import find_plainly, sort_plainly


def some(rng, count, values, crowded=False):
    """Seals drawn from so many values, and their entries; crowded ones share a first word."""
    pool = rng.integers(0, 1 << 64, (values, 2), dtype=np.uint64)
    if crowded:
        pool[:, 0] = pool[0, 0]
    return pool[rng.integers(0, values, count)], rng.integers(0, 99, count, dtype=np.uint32)


def same(one, other):
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1 << 30), count=st.integers(0, 300), values=st.integers(1, 300),
    bits=st.integers(1, 12), crowded=st.booleans(),
)  # fmt: skip
def test_sorts_and_finds_as_plain_numpy_does(seed, count, values, bits, crowded):
    rng = np.random.default_rng(seed)
    seals, entries = some(rng, count, values, crowded)
    before = seals.copy(), entries.copy()
    made = sort_into_buckets(seals, entries, bits)
    assert same(made, sort_plainly(seals, entries, bits))
    assert same((seals, entries), before)
    wanted = np.concatenate([seals[::-2], rng.integers(0, 1 << 64, (9, 2), dtype=np.uint64)])
    assert same(find(wanted, *made), find_plainly(wanted, *made))


@pytest.mark.parametrize("size", [1, 2, 63, 64, 65, 66, 500])
def test_a_bucket_around_the_longest_one_sorted_by_insertion_is_in_order(rng, size):
    seals, entries = some(rng, size, max(1, size // 3), crowded=True)
    others, more = some(rng, 200, 200)
    seals, entries = np.concatenate([seals, others]), np.concatenate([entries, more])
    order = rng.permutation(len(seals))
    _, made, numbers = sort_into_buckets(seals[order], entries[order], 6)
    listed = [(*seal, entry) for seal, entry in zip(made.tolist(), numbers.tolist(), strict=True)]
    assert listed == sorted(
        (*seal, entry) for seal, entry in zip(seals.tolist(), entries.tolist(), strict=True)
    )


@pytest.mark.parametrize("asked", [0, 1, 63, 64, 65, 127, 128, 129, 1000])
def test_every_question_is_answered_whatever_their_number(rng, asked):
    seals = rng.integers(0, 1 << 64, (5000, 2), dtype=np.uint64)
    made = sort_into_buckets(seals, np.arange(5000, dtype=np.uint32), 9)
    chosen = rng.integers(0, 5000, asked)
    wanted = seals[chosen]
    wanted[1::2, 1] ^= np.uint64(1)
    rows, found = find(wanted, *made)
    assert rows.tolist() == list(range(0, asked, 2))
    assert found.tolist() == chosen[::2].tolist()


def test_more_answers_than_there_was_room_for_all_come(rng):
    seals = np.repeat(rng.integers(0, 1 << 64, (3, 2), dtype=np.uint64), 1000, axis=0)
    made = sort_into_buckets(seals, np.arange(3000, dtype=np.uint32), 8)
    rows, found = find(seals[[2000, 0, 2000]], *made)
    assert rows.tolist() == np.repeat([0, 1, 2], 1000).tolist()
    assert found.tolist() == [*range(2000, 3000), *range(1000), *range(2000, 3000)]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    harm=st.lists(
        st.tuples(st.integers(0, 16), st.sampled_from([0, 3, 99, 100, 101, 1 << 31, (1 << 32) - 1])
                  | st.integers(0, (1 << 32) - 1)),
        min_size=1, max_size=17,
    ),
)  # fmt: skip
def test_damaged_offsets_are_never_followed_beyond_the_arrays(seed, harm):
    rng = np.random.default_rng(seed)
    room = rng.integers(0, 1 << 64, (200, 2), dtype=np.uint64)
    offsets, seals, entries = sort_into_buckets(room[:100], np.arange(100, dtype=np.uint32), 4)
    # Behind the arrays lie other seals, which a reader that goes too far would report.
    behind, numbers = np.concatenate([seals, room[100:]]), np.arange(1000, 1200, dtype=np.uint32)
    numbers[:100] = entries
    for place, value in harm:
        offsets[place] = value
    rows, found = find(room, offsets, behind[:100], numbers[:100])
    assert (rows < 100).all()
    assert np.array_equal(room[rows], room[found])
    assert same((rows, found), find_plainly(room, offsets, behind[:100], numbers[:100]))
