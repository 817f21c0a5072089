from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.index import near_part
from tidebreak.index.near_part import build_part, join, whole


def words_of(start, count):
    return np.arange(start * 4, (start + count) * 4, dtype=np.uint64).reshape(count, 4)


@pytest.mark.parametrize(("count", "has_tables"), [(0, False), (8191, False), (8192, True)])
def test_tables_are_made_once_they_pay(count, has_tables):
    part = build_part(5, words_of(0, count), 1)
    assert (part.base, len(part), part.tables is not None) == (5, count, has_tables)


@given(st.lists(st.integers(0, 60), max_size=60), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_parts_follow_one_another_and_never_become_many(sizes, tables_from):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_part, "TABLES_FROM", tables_from)
        parts, count = (), 0
        for size in sizes:
            parts = join(parts, words_of(count, size))
            count += size
            assert [part.base for part in parts] == [
                sum(len(p) for p in parts[:i]) for i in range(len(parts))
            ]
            # Each is at most an eighth of the one before: 3 or 4 for any number of rows here.
            assert all(8 * len(b) <= len(a) for a, b in pairwise(parts))
            together = np.concatenate([part.words for part in parts])
            assert np.array_equal(together, words_of(0, count))
        if parts:
            assert np.array_equal(whole(parts).words, words_of(0, count))
            assert whole(parts).base == 0
