"""The oracle itself, against distances counted bit by bit."""

from __future__ import annotations

import numpy as np
import pytest

from tidebreak.index.near_build import build_tables
from tidebreak.index.near_plain import probe_plainly, scan_plainly
from tidebreak.index.packing import unpack


def counted(words, queries, radius):
    """Query, row and distance, ordered by query, distance, row."""
    bits, asked = (np.unpackbits(x.view(np.uint8), axis=1).astype(int) for x in (words, queries))
    apart = (asked[:, None] != bits).sum(axis=2)
    near = [(q, int(apart[q, r]), r) for q, r in np.argwhere(apart <= radius).tolist()]
    return [(q, r, d) for q, d, r in sorted(near)]


@pytest.mark.parametrize("radius", [0, 5, 31, 47, 63])
def test_both_oracles_find_what_is_counted(rng, radius):
    words = np.packbits(rng.random((400, 256)) < 0.1, axis=1).view(np.uint64)
    queries = words[:6] ^ np.uint64(0x8001)
    wanted = counted(words, queries, radius)
    tables = build_tables(words, 1)
    for packed in (
        scan_plainly(queries, words, radius),
        probe_plainly(queries, words, tables, radius),
    ):
        assert list(zip(*(c.tolist() for c in unpack(packed)), strict=True)) == wanted
    assert radius < 40 or len(wanted) > 6


def test_beyond_every_plan_the_scan_still_serves(rng):
    words = rng.integers(0, 2**64, (50, 4), dtype=np.uint64)
    for radius in (64, 128, 256):
        found = unpack(scan_plainly(words[:2], words, radius))
        triples = list(zip(*(column.tolist() for column in found), strict=True))
        assert triples == counted(words, words[:2], radius)
