from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tidebreak.index.near_build import build_tables
from tidebreak.index.near_choice import Method, choose, run
from tidebreak.index.near_part import Part
from tidebreak.index.near_plain import scan_plainly
from tidebreak.index.packing import MOST_QUERIES
from tidebreak.index.plan import BANDS, WIDEST, lookups

ROWS = st.integers(0, (1 << 32) - 1) | st.integers(0, 20)
QUERIES = st.integers(0, 1 << 26) | st.integers(0, 200)


@settings(max_examples=400)
@given(ROWS, st.booleans(), QUERIES, st.integers(0, 256), st.integers(1, 64))
@example(1, False, 1 << 24, 64, 1)
@example(3, False, 1 << 24, 256, 1)
def test_queries_are_brought_so_that_results_fit_and_every_thread_has_some(
    rows, tables, queries, radius, threads
):
    method, size = choose(rows, tables, queries, radius, threads)
    assert 1 <= size <= MOST_QUERIES
    # No thread waits for another's second helping while it has had none.
    assert size <= max(1, -(-queries // threads))
    if not tables or radius > WIDEST:
        assert method is Method.SCAN
    else:
        # The look-ups of one band, which a batch sorts, stay few.
        assert size == 1 or size * lookups(radius) // BANDS <= 1 << 22
    if radius > WIDEST:
        # Everything may match there.
        assert size == 1 or size * rows <= 1 << 24


def test_one_query_is_looked_up_many_in_batches_and_little_is_scanned():
    assert choose(10_000_000, True, 1, 31, 1)[0] is Method.EACH
    assert choose(10_000_000, True, 100_000, 31, 1)[0] is Method.BATCH
    assert choose(8192, True, 1, 60, 1)[0] is Method.SCAN


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("radius", [0, 15, 31, 52, 53, 63])
@pytest.mark.usefixtures("either_way")
def test_every_way_gives_the_same_in_the_same_order(rng, method, radius):
    # Half of all bits are always 0, so that many entries are near.
    words = rng.integers(0, 1 << 64, (2000, 4), dtype=np.uint64)
    words &= np.uint64(0x1111111111111111)
    part = Part(0, words, build_tables(words, 1))
    queries = words[rng.integers(0, 2000, 30)] ^ np.uint64(1 << 17)
    wanted = scan_plainly(queries, words, radius)
    assert np.array_equal(run(method, part, queries, radius), wanted)
    assert len(wanted) or radius < 4


@pytest.mark.parametrize("radius", [0, 31, 64, 128, 256])
@pytest.mark.usefixtures("either_way")
def test_without_tables_everything_is_compared(rng, radius):
    words = rng.integers(0, 1 << 64, (500, 4), dtype=np.uint64)
    queries = np.concatenate([words[:20], ~words[:20]])
    found = run(Method.SCAN, Part(7, words, None), queries, radius)
    assert np.array_equal(found, scan_plainly(queries, words, radius))
    assert len(found) >= 20


@pytest.mark.usefixtures("either_way")
def test_no_queries_and_no_entries_have_no_results(rng):
    words = rng.integers(0, 1 << 64, (9, 4), dtype=np.uint64)
    assert not len(run(Method.SCAN, Part(0, words, None), words[:0], 256))
    assert not len(run(Method.SCAN, Part(0, words[:0], None), words, 256))
