from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.kept_logs import dictionary_kernels as kernels


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=150))
def test_codes_are_those_of_a_plain_dictionary(pairs):
    digests = np.array(pairs, np.uint64).reshape(-1, 2)
    keys, slots = np.zeros((200, 2), np.uint64), np.zeros(128, np.uint32)
    codes, fresh = kernels.assign(digests, slots, keys, 0)
    known: dict[tuple[int, int], int] = {}
    assert codes.tolist() == [known.setdefault(pair, len(known) + 1) for pair in pairs]
    assert [pairs[row] for row in fresh] == list(known)
    assert keys[: len(known)].tolist() == [list(pair) for pair in known]


@settings(deadline=None)
@given(st.sets(st.integers(0, 1 << 40), max_size=60))
def test_a_table_that_is_made_anew_finds_everything(values):
    keys = np.array([(value, 7) for value in values], np.uint64).reshape(-1, 2)
    slots = np.zeros(128, np.uint32)
    kernels.place(keys, slots)
    codes, fresh = kernels.assign(keys[::-1], slots, keys, len(keys))
    assert codes.tolist() == list(range(len(keys), 0, -1))
    assert not len(fresh)


def test_warming_compiles_every_kernel():
    kernels.warm()
