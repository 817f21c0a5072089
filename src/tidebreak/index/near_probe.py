"""Search by look-up: the kernels that carry out a plan (`tidebreak.index.plan`) on the tables.

Everything here is bound by memory, not by arithmetic, so both kernels ask for each cache line
well before they use it. `probe_each` takes the queries as they come, for one or a few.
`probe_batch` takes a band at a time and visits its buckets in order, so that a bucket is read
once for all queries that want it.

Both sift in three steps: next values by vector; then the bits kept beside the row number; then
the whole hash. What passes the first step waits in a `_Found` buffer until enough is together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import (
    LANES16,
    address_of,
    lanes_within,
    lowest_bit,
    popcount,
    prefetch,
    prefetch_far,
)
from tidebreak.index.near_build import build_tables
from tidebreak.index.near_tables import Tables, row_bits
from tidebreak.index.packing import DISTANCE_SHIFT, QUERY_SHIFT
from tidebreak.index.plan import BUCKETS, FLIPS, MASKS, SIZES, plan
from tidebreak.kernels import kernel, warmable

_WAITING = 1024
_OFFSETS_AHEAD = 24
_NEXTS_AHEAD = 12
_BUCKETS_AHEAD = np.uint64(8)
_FAR_FROM = 1 << 22
"""From so many rows on, nearly every line comes from memory and not from a cache."""
_STRIDE = BUCKETS + 1
# Indices are unsigned throughout: numba checks signed ones for being negative.
_LINE, _0, _1, _2, _4, _15, _32 = (np.uint64(number) for number in (64, 0, 1, 2, 4, 15, 32))
_LOW32, _LOW16 = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)
_LANES = np.uint64(LANES16)
_FULL = np.uint64(_WAITING - LANES16)


@kernel
def _start_of(x0: Any, x1: Any, x2: Any, x3: Any, thresholds: Any) -> Any:
    """Return the start band, as the bound defines it, of a difference in four words."""
    total, most, start = 0, -1000, 0
    for band in range(16):
        word = x0 if band < 4 else (x1 if band < 8 else (x2 if band < 12 else x3))
        lane = (word >> np.uint64((band & 3) * 16)) & _LOW16
        total += np.int64(popcount(lane)) - thresholds[band] - 1
        if total >= most:
            most, start = total, (band + 1) & 15
    return start


@kernel
def _sift(
    place: Any, last: Any, nexts: Any, rows: Any, wanted: Any, limit: Any, left: Any,
    query: Any, band: Any, found: Any, waiting: Any,
) -> Any:  # fmt: skip
    """Put the places of a bucket whose next value fits into ``found``, until that is full.

    Returns the place to go on from, and how many finds are waiting.
    """
    to_nexts, to_rows = address_of(nexts), address_of(rows)
    while place < last and waiting <= _FULL:
        near = lanes_within(to_nexts + place * _2, wanted, limit)
        if last - place < _LANES:
            near &= (_1 << (last - place)) - _1
        while near != _0:
            at = place + lowest_bit(near)
            near &= near - _1
            prefetch_far(to_rows + at * _4)
            used = np.int64(popcount(np.uint16(nexts[at] ^ wanted)))
            found[waiting, 0], found[waiting, 1] = np.uint32(query), np.uint32(band)
            found[waiting, 2], found[waiting, 3] = np.uint32(at), np.uint32(left - used)
            waiting += _1
        place += _LANES
    return place, waiting


@kernel
def _settle(
    waiting: Any, found: Any, words: Any, rows: Any, bits: Any, queries: Any, lanes: Any,
    radius: Any, thresholds: Any, out: Any, made: Any,
) -> Any:  # fmt: skip
    """Sift what waits by the bits beside the row number, then by the whole hash.

    ``found`` is (`_WAITING`, 4) uint32: query, band, place in the band, what is left for the
    band after the next. Returns ``made``, increased by the results.
    """
    address, count, limit = address_of(words), np.uint64(len(words)), np.uint64(radius)
    shift, low = np.uint64(bits), (_1 << np.uint64(bits)) - _1
    high = ~low & _LOW32
    kept = _0
    for i in range(waiting):
        query, band = np.uint64(found[i, 0]), np.uint64(found[i, 1])
        packed = np.uint64(rows[band, np.uint64(found[i, 2])])
        after = np.uint64(lanes[query, (band + _2) & _15]) << shift
        row = packed & low
        # A row beyond the end can only come from a damaged file: it must not be followed.
        if popcount((packed ^ after) & high) <= np.uint64(found[i, 3]) and row < count:
            prefetch(address + row * _32)
            found[kept, 0], found[kept, 1] = np.uint32(query), np.uint32(band)
            found[kept, 2] = np.uint32(row)
            kept += _1
    for i in range(kept):
        query, row = np.uint64(found[i, 0]), np.uint64(found[i, 2])
        x0, x1 = words[row, 0] ^ queries[query, 0], words[row, 1] ^ queries[query, 1]
        distance = popcount(x0) + popcount(x1)
        if distance > limit:
            continue
        x2, x3 = words[row, 2] ^ queries[query, 2], words[row, 3] ^ queries[query, 3]
        distance += popcount(x2) + popcount(x3)
        if distance > limit or _start_of(x0, x1, x2, x3, thresholds) != found[i, 1]:
            continue
        if made < len(out):
            where = query << np.uint64(QUERY_SHIFT)
            out[made] = where | (distance << np.uint64(DISTANCE_SHIFT)) | row
        made += 1
    return made


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
    found = np.empty((_WAITING, 4), np.uint32)
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
                place, waiting = _sift(place, last, nexts_here, rows_here, wanted, limit, left,
                                       query, band, found, waiting)  # fmt: skip
                if waiting > _FULL:
                    made = _settle(waiting, found, words, rows, bits, queries, lanes, radius,
                                   limits[0], out, made)  # fmt: skip
                    waiting = _0
    return _settle(waiting, found, words, rows, bits, queries, lanes, radius, limits[0], out,
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
    found = np.empty((_WAITING, 4), np.uint32)
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
                behind = to_nexts + np.uint64(offsets_here[ahead + _1]) * _2
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
                    place, waiting = _sift(place, last, nexts_here, rows_here, wanted[query],
                                           limit, left, query, band, found,
                                           waiting)  # fmt: skip
                    if waiting > _FULL:
                        made = _settle(waiting, found, words, rows, bits, queries, lanes,
                                       radius, limits[0], out, made)  # fmt: skip
                        waiting = _0
    return _settle(waiting, found, words, rows, bits, queries, lanes, radius, limits[0], out,
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
