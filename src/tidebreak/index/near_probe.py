"""Search by look-up: the kernels that carry out a plan (`tidebreak.index.plan`) on the tables.

Everything here is bound by memory, not by arithmetic, so both kernels ask for each cache line
well before they use it. `probe_each` takes the queries as they come, for one or a few.
`probe_batch` takes a band at a time and visits its buckets in order, so that a bucket is read
once for all queries that want it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import address_of, prefetch, prefetch_far
from tidebreak.index.near_build import build_tables
from tidebreak.index.near_sift import FULL, WAITING, settle, sift
from tidebreak.index.near_tables import Tables, row_bits
from tidebreak.index.plan import BUCKETS, FLIPS, MASKS, SIZES, plan
from tidebreak.kernels import kernel, warmable

_OFFSETS_AHEAD = 24
_NEXTS_AHEAD = 12
_BUCKETS_AHEAD = np.uint64(8)
_FAR_FROM = 1 << 22
"""From so many rows on, nearly every line comes from memory and not from a cache."""
_STRIDE = BUCKETS + 1
# Indices are unsigned throughout: numba checks signed ones for being negative.
_LINE, _0, _1, _2, _4, _15 = (np.uint64(number) for number in (64, 0, 1, 2, 4, 15))


@kernel
def _list_buckets(
    values: Any, thresholds: Any, masks: Any, sizes: Any, bands: Any, buckets: Any
) -> Any:
    """Write the buckets to look into for one query; return their number."""
    count = 0
    for band in range(16):
        for i in range(sizes[thresholds[band] + 1]):
            bands[count] = band
            buckets[count] = np.uint64(band * _STRIDE) + np.uint64(values[band] ^ masks[i])
            count += 1
    return count


@kernel
def _probe_each(
    queries: Any, lanes: Any, words: Any, offsets: Any, nexts: Any, rows: Any, bits: Any,
    radius: Any, limits: Any, masks: Any, flipped: Any, sizes: Any, out: Any,
) -> Any:  # fmt: skip
    # Three places move along the list of buckets: the first asks for the offsets, the second
    # reads them and asks for the next values, the third compares.
    entries, width = np.uint64(rows.shape[1]), np.uint64(nexts.shape[1])
    flat, to_offsets, to_nexts = offsets.reshape(-1), address_of(offsets), address_of(nexts)
    size = 0
    for band in range(16):
        size += sizes[limits[0, band] + 1]
    bands, buckets = np.empty(size, np.uint8), np.empty(size, np.uint64)
    begin, end = np.empty(size, np.uint64), np.empty(size, np.uint64)
    found = np.empty((WAITING, 4), np.uint32)
    far = len(words) >= _FAR_FROM
    waiting, made = _0, 0
    for query in range(np.uint64(len(queries))):
        _list_buckets(lanes[query], limits[0], masks, sizes, bands, buckets)
        number, previous = _0, 16
        wanted, nexts_here, rows_here = lanes[query, 0], nexts[0], rows[0]
        for i in range(-_NEXTS_AHEAD - _OFFSETS_AHEAD, size):
            ahead = i + _NEXTS_AHEAD + _OFFSETS_AHEAD
            if ahead < size:
                prefetch(to_offsets + buckets[np.uint64(ahead)] * _4)
            ahead = i + _NEXTS_AHEAD
            if ahead >= 0 and ahead < size:
                j = np.uint64(ahead)
                bucket = buckets[j]
                begin[j] = np.uint64(flat[bucket])
                end[j] = min(np.uint64(flat[bucket + _1]), entries)
                base = to_nexts + np.uint64(bands[j]) * width * _2
                line, stop = (base + begin[j] * _2) & ~(_LINE - _1), base + end[j] * _2
                while line < stop:
                    if far:
                        prefetch_far(line)
                    else:
                        prefetch(line)
                    line += _LINE
            if i < 0:
                continue
            j = np.uint64(i)
            band = np.uint64(bands[j])
            if band != previous:
                number, previous = _0, band
                wanted = lanes[query, (band + _1) & _15]
                nexts_here, rows_here = nexts[band], rows[band]
            used = flipped[number]
            number += _1
            limit, left = np.uint16(limits[1, band] - used), limits[2, band] - used
            place, last = begin[j], end[j]
            while place < last:
                place, waiting = sift(place, last, nexts_here, rows_here, wanted, limit, left,
                                       query, band, found, waiting)  # fmt: skip
                if waiting > FULL:
                    made = settle(waiting, found, words, rows, bits, queries, lanes, radius,
                                   limits[0], out, made)  # fmt: skip
                    waiting = _0
    return settle(waiting, found, words, rows, bits, queries, lanes, radius, limits[0], out,
                   made)  # fmt: skip


@kernel
def _order_probes(values: Any, masks: Any, flipped: Any, ends: Any, probes: Any) -> None:
    """Sort the look-ups of a band by bucket; ``ends[v]`` becomes the end of bucket v's.

    A look-up is query << 2 | bits flipped.
    """
    ends[:] = 0
    for query in range(len(values)):
        for i in range(len(masks)):
            ends[np.uint64(values[query] ^ masks[i]) + _1] += np.uint32(1)
    for bucket in range(BUCKETS):
        ends[bucket + 1] += ends[bucket]
    for query in range(len(values)):
        for i in range(len(masks)):
            bucket = np.uint64(values[query] ^ masks[i])
            to = ends[bucket]
            probes[to] = np.uint32((query << 2) | flipped[i])
            ends[bucket] = to + np.uint32(1)


@kernel
def _list_filled(ends: Any, filled: Any) -> Any:
    """Write the buckets that have look-ups, and return their number."""
    count, before = _0, np.uint32(0)
    for bucket in range(np.uint64(BUCKETS)):
        filled[count] = bucket
        count += np.uint64(ends[bucket] != before)
        before = ends[bucket]
    return count


@kernel
def _probe_batch(
    queries: Any, lanes: Any, words: Any, offsets: Any, nexts: Any, rows: Any, bits: Any,
    radius: Any, limits: Any, masks: Any, flipped: Any, sizes: Any, out: Any,
) -> Any:  # fmt: skip
    entries = np.uint64(rows.shape[1])
    ends, filled = np.empty(BUCKETS + 1, np.uint32), np.empty(BUCKETS, np.uint64)
    found = np.empty((WAITING, 4), np.uint32)
    waiting, made = _0, 0
    for band in range(np.uint64(16)):
        size = sizes[limits[0, band] + 1]
        probes = np.empty(len(queries) * size, np.uint32)
        _order_probes(lanes[:, band].copy(), masks[:size], flipped, ends, probes)
        wanted = lanes[:, (band + _1) & _15].copy()
        offsets_here, nexts_here, rows_here = offsets[band], nexts[band], rows[band]
        count = _list_filled(ends, filled)
        to_nexts, probe = address_of(nexts_here), _0
        for i in range(count):
            if i + _BUCKETS_AHEAD < count:
                ahead = filled[i + _BUCKETS_AHEAD]
                line = (to_nexts + np.uint64(offsets_here[ahead]) * _2) & ~(_LINE - _1)
                behind = to_nexts + min(np.uint64(offsets_here[ahead + _1]), entries) * _2
                while line < behind:
                    prefetch(line)
                    line += _LINE
            bucket = filled[i]
            stop = np.uint64(ends[bucket])
            first = np.uint64(offsets_here[bucket])
            last = min(np.uint64(offsets_here[bucket + _1]), entries)
            while probe < stop:
                query = np.uint64(probes[probe] >> np.uint32(2))
                used = np.int64(probes[probe] & np.uint32(3))
                probe += _1
                limit, left = np.uint16(limits[1, band] - used), limits[2, band] - used
                place = first
                while place < last:
                    place, waiting = sift(place, last, nexts_here, rows_here, wanted[query],
                                           limit, left, query, band, found,
                                           waiting)  # fmt: skip
                    if waiting > FULL:
                        made = settle(waiting, found, words, rows, bits, queries, lanes,
                                       radius, limits[0], out, made)  # fmt: skip
                        waiting = _0
    return settle(waiting, found, words, rows, bits, queries, lanes, radius, limits[0], out,
                   made)  # fmt: skip


def probe_each(
    queries: NDArray[np.uint64],
    words: NDArray[np.uint64],
    tables: Tables,
    radius: int,
    out: NDArray[np.uint64],
) -> int:
    """Write the results of each query into ``out``, and return how many there are.

    ``queries`` (Q, 4), at most `packing.MOST_QUERIES`, and ``words`` (N, 4) are spread; results
    are as in `tidebreak.index.packing`.
    """
    return _probe_each(
        queries, queries.view(np.uint16), words, tables.offsets, tables.nexts, tables.rows,
        row_bits(len(words)), radius, plan(radius), MASKS, FLIPS, SIZES, out,
    )  # fmt: skip


def probe_batch(
    queries: NDArray[np.uint64],
    words: NDArray[np.uint64],
    tables: Tables,
    radius: int,
    out: NDArray[np.uint64],
) -> int:
    """Do what `probe_each` does, for thousands of queries."""
    return _probe_batch(
        queries, queries.view(np.uint16), words, tables.offsets, tables.nexts, tables.rows,
        row_bits(len(words)), radius, plan(radius), MASKS, FLIPS, SIZES, out,
    )  # fmt: skip


def warm() -> None:
    """Compile every kernel of this module."""
    words, out = np.zeros((1, 4), np.uint64), np.empty(1, np.uint64)
    tables = build_tables(words, 1)
    probe_each(words, words, tables, 0, out)
    probe_batch(words, words, tables, 0, out)


warmable(__name__)
