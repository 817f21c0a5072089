from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.index.packing import DISTANCE_SHIFT, MOST_QUERIES, QUERY_SHIFT, collect, unpack


@given(
    st.integers(0, MOST_QUERIES - 1), st.integers(0, 256), st.integers(0, (1 << 32) - 1),
    st.integers(0, 5), st.integers(0, 5),
)  # fmt: skip
def test_what_is_packed_comes_out(query, distance, row, first_query, first_row):
    packed = np.array([query << QUERY_SHIFT | distance << DISTANCE_SHIFT | row], np.uint64)
    found = [column.tolist() for column in unpack(packed, first_query, first_row)]
    assert found == [[query + first_query], [row + first_row], [distance]]


@given(count=st.integers(0, 50), room=st.integers(1, 50))
def test_results_that_do_not_fit_are_asked_for_again(count, room):
    def fill(out):
        out[:count] = np.arange(count)[::-1][: len(out)]
        return count

    assert np.array_equal(collect(fill, room), np.arange(count))
