"""Search by look-up in plain numpy: the twin of `tidebreak.index.near_probe`.

It serves processes that ask a few questions and end, and it is the kernels' test oracle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.near_tables import Tables, row_bits
from tidebreak.index.packing import DISTANCE_SHIFT, QUERY_SHIFT
from tidebreak.index.plan import BANDS, FLIPS, MASKS, SIZES, plan


def probe_plainly(
    queries: NDArray[np.uint64], words: NDArray[np.uint64], tables: Tables, radius: int
) -> NDArray[np.uint64]:
    """Return what `tidebreak.index.near_probe.probe_each` writes, sorted."""
    found = [np.empty(0, np.uint64)]
    for number, query in enumerate(queries):
        where = np.uint64(number) << np.uint64(QUERY_SHIFT)
        of_query = [_found_from(band, query, words, tables, radius) for band in range(BANDS)]
        found.append(where | np.sort(np.concatenate(of_query)))
    return np.concatenate(found)


def _found_from(
    band: int, query: NDArray[np.uint64], words: NDArray[np.uint64], tables: Tables, radius: int
) -> NDArray[np.uint64]:
    """Return distance and row, packed, of the results whose start is ``band``."""
    rows = _candidates(query, tables, band, radius)
    rows = rows[rows < len(words)]
    apart = np.bitwise_count((words[rows] ^ query).view(np.uint16)).astype(np.int64)
    sums = np.cumsum(apart - plan(radius)[0] - 1, axis=1)
    last_largest = BANDS - 1 - np.argmax(sums[:, ::-1], axis=1)
    distances = apart.sum(axis=1)
    kept = (distances <= radius) & ((last_largest + 1) % BANDS == band)
    high = distances[kept].astype(np.uint64) << np.uint64(DISTANCE_SHIFT)
    return high | rows[kept].astype(np.uint64)


def _candidates(
    query: NDArray[np.uint64], tables: Tables, band: int, radius: int
) -> NDArray[np.int64]:
    """Return the rows that fit the bound's first three lines for a start at ``band``."""
    limits = plan(radius)[:, band]
    size = SIZES[limits[0] + 1]
    values = query.view(np.uint16)
    buckets = (values[band] ^ MASKS[:size]).astype(np.int64)
    begin = tables.offsets[band][buckets].astype(np.int64)
    end = np.minimum(tables.offsets[band][buckets + 1], tables.rows.shape[1])
    lengths = np.maximum(end - begin, 0)
    places = np.arange(lengths.sum()) + np.repeat(begin - (np.cumsum(lengths) - lengths), lengths)
    used = np.repeat(FLIPS[:size], lengths)
    used += np.bitwise_count(tables.nexts[band][places] ^ values[(band + 1) % BANDS])
    places, used = places[used <= limits[1]], used[used <= limits[1]]
    bits = np.uint64(row_bits(tables.rows.shape[1]))
    packed = tables.rows[band][places].astype(np.uint64)
    after = values[(band + 2) % BANDS].astype(np.uint64) & np.uint64((1 << (32 - int(bits))) - 1)
    used += np.bitwise_count((packed >> bits) ^ after)
    low = (np.uint64(1) << bits) - np.uint64(1)
    return (packed[used <= limits[2]] & low).astype(np.int64)


def scan_plainly(
    queries: NDArray[np.uint64], words: NDArray[np.uint64], radius: int
) -> NDArray[np.uint64]:
    """Return what `scan` writes, sorted: the reference that every other search must equal."""
    found = [np.empty(0, np.uint64)]
    for number, query in enumerate(queries):
        distance = np.bitwise_count(words ^ query).sum(axis=1, dtype=np.uint64)
        rows = np.flatnonzero(distance <= radius).astype(np.uint64)
        high = np.uint64(number << QUERY_SHIFT) | (
            distance[rows.astype(np.intp)] << np.uint64(DISTANCE_SHIFT)
        )
        found.append(np.sort(high | rows))
    return np.concatenate(found)
