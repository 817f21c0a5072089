"""Which way to search a part: deterministic, by figures measured once (``docs/index.md``).

The estimates are in nanoseconds per query on one core. They need not be right elsewhere: every
way gives the same result.
"""

from __future__ import annotations

from enum import Enum

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
    most = min(share, max(1, _PROBES_AT_ONCE * BANDS // probes), MOST_QUERIES)
    share = len(part) / BUCKETS
    row = 0.15 if radius <= _HALVES_DIFFER else 0.5
    costs = {
        Method.EACH: probes * (12 + 0.55 * share),
        Method.BATCH: probes * (7 + 0.2 * share) + 1.4e6 / most,
        Method.SCAN: len(part) * (row + 4 / most),
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
    from tidebreak.index.near_probe import probe_batch, probe_each
    from tidebreak.index.near_scan import scan

    def fill(out: NDArray[np.uint64]) -> int:
        if part.tables is None or method is Method.SCAN:
            return scan(queries, part.words, radius, out)
        probe = probe_each if method is Method.EACH else probe_batch
        return probe(queries, part.words, part.tables, radius, out)

    return collect(fill, max(256, 2 * len(queries)))
