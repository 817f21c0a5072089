"""Which way to search a part: deterministic, by figures measured once (``docs/index.md``).

The estimates are in nanoseconds per query on one core. They need not be right elsewhere: every
way gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.cold import kernels_pay
from tidebreak.index.near_part import Part
from tidebreak.index.near_plain import probe_plainly, scan_plainly
from tidebreak.index.packing import MOST_QUERIES, collect
from tidebreak.index.plan import BANDS, BUCKETS, WIDEST, lookups

_PROBES_AT_ONCE = 1 << 22
_HALVES_DIFFER = 52
"""Up to here half of a random hash nearly always differs too much: a scan ends there."""


_Words = NDArray[np.uint64]


class Method(Enum):
    """The ways to search."""

    EACH = "look up query by query"
    BATCH = "look up all queries, bucket by bucket"
    SCAN = "compare everything"


@lru_cache
def choose(rows: int, tables: bool, queries: int, radius: int, threads: int) -> tuple[Method, int]:
    """Return how to search so many rows, and how many queries to bring at a time (at least 1)."""
    most = min(max(1, -(-queries // threads)), MOST_QUERIES)
    if not tables or radius > WIDEST:
        return Method.SCAN, min(most, _scan_at_once(rows, radius))
    probes = lookups(radius)
    most = min(most, max(1, _PROBES_AT_ONCE * BANDS // probes))
    share = rows / BUCKETS
    row = 0.15 if radius <= _HALVES_DIFFER else 0.5
    costs = {
        Method.EACH: probes * (12 + 0.55 * share),
        Method.BATCH: probes * (7 + 0.2 * share) + 1.4e6 / most,
        Method.SCAN: rows * (row + 4 / most),
    }
    return min(costs, key=lambda method: costs[method]), most


def _scan_at_once(count: int, radius: int) -> int:
    # Beyond the plans most entries may match: keep the results of one call small.
    return 1 << 12 if radius <= WIDEST else max(1, (1 << 24) // max(count, 1))


def run(method: Method, part: Part, queries: NDArray[np.uint64], radius: int) -> NDArray[np.uint64]:
    """Return the packed results (`tidebreak.index.packing`), in order."""
    if not kernels_pay(len(queries)):
        if part.tables is None or method is Method.SCAN:
            return scan_plainly(queries, part.words, radius)
        return probe_plainly(queries, part.words, part.tables, radius)
    search = _kernels()[method]

    def fill(out: NDArray[np.uint64]) -> int:
        return search(queries, part, radius, out)

    return collect(fill, max(256, 2 * len(queries)))


@cache
def _kernels() -> dict[Method, Callable[[_Words, Part, int, _Words], int]]:
    from tidebreak.index.near_probe import probe_batch, probe_each
    from tidebreak.index.near_scan import scan

    def by_scan(queries: _Words, part: Part, radius: int, out: _Words) -> int:
        return scan(queries, part.words, radius, out)

    def each(queries: _Words, part: Part, radius: int, out: _Words) -> int:
        assert part.tables is not None
        return probe_each(queries, part.words, part.tables, radius, out)

    def batch(queries: _Words, part: Part, radius: int, out: _Words) -> int:
        assert part.tables is not None
        return probe_batch(queries, part.words, part.tables, radius, out)

    return {Method.SCAN: by_scan, Method.EACH: each, Method.BATCH: batch}
