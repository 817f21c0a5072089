"""Which way to search a part: deterministic, by figures measured once (``docs/index.md``).

The estimates are in nanoseconds per query on one core. They need not be right elsewhere: every
way gives the same result.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.near_part import Part
from tidebreak.index.near_probe import (
    DISTANCE_SHIFT,
    MOST_QUERIES,
    QUERY_SHIFT,
    probe_batch,
    probe_each,
)
from tidebreak.index.near_scan import scan
from tidebreak.index.plan import BANDS, BUCKETS, WIDEST, lookups

_PROBES_AT_ONCE = 1 << 22
_ROW = (1 << DISTANCE_SHIFT) - 1
_DISTANCE = (1 << (QUERY_SHIFT - DISTANCE_SHIFT)) - 1


class Method(Enum):
    """The ways to search."""

    EACH = "look up query by query"
    BATCH = "look up all queries, bucket by bucket"
    SCAN = "compare everything"


def choose(part: Part, queries: int, radius: int, threads: int) -> tuple[Method, int]:
    """Return how to search, and how many queries to bring at a time (at least 1)."""
    share = max(1, -(-queries // threads))
    if part.tables is None or radius > WIDEST:
        return Method.SCAN, min(share, _scan_at_once(len(part), radius))
    probes = lookups(radius)
    most = min(share, max(1, _PROBES_AT_ONCE * BANDS // probes), MOST_QUERIES - 1)
    costs = {
        Method.EACH: probes * (25 + 0.15 * len(part) * 64 / BUCKETS / 4),
        Method.BATCH: probes * (6 + 0.03 * len(part) / BUCKETS) + 2e6 / most,
        Method.SCAN: len(part) * (0.2 + 1.2 / most),
    }
    return min(costs, key=lambda method: costs[method]), most


def _scan_at_once(count: int, radius: int) -> int:
    # Beyond the plans most entries may match: keep the results of one call small.
    return 1 << 12 if radius <= WIDEST else max(1, (1 << 24) // max(count, 1))


def run(method: Method, part: Part, queries: NDArray[np.uint64], radius: int) -> NDArray[np.uint64]:
    """Return the packed results, in order."""
    room = max(256, 2 * len(queries))
    while True:
        out = np.empty(room, np.uint64)
        made = _run_into(method, part, queries, radius, out)
        if made <= room:
            return np.sort(out[:made])
        room = made


def _run_into(
    method: Method,
    part: Part,
    queries: NDArray[np.uint64],
    radius: int,
    out: NDArray[np.uint64],
) -> int:
    if part.tables is None or method is Method.SCAN:
        return scan(queries, part.words, radius, out)
    if method is Method.EACH:
        return probe_each(queries, part.words, part.tables, radius, out)
    return probe_batch(queries, part.words, part.tables, radius, out)


def unpack(
    packed: NDArray[np.uint64], first_query: int, first_row: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return query rows, entry rows and distances of packed results."""
    values = packed.view(np.int64)
    queries = (packed >> np.uint64(QUERY_SHIFT)).astype(np.int64) + first_query
    return queries, (values & _ROW) + first_row, (values >> DISTANCE_SHIFT) & _DISTANCE
