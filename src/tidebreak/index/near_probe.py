"""Search by look-up: the kernels that carry out a plan (`tidebreak.index.plan`) on the tables.

Everything here is bound by memory, not by arithmetic, so both kernels ask for each cache line
well before they use it. `probe_each` takes the queries as they come, for one or a few.
`probe_batch` takes a band at a time and visits its buckets in order, so that a bucket is read
once for all queries that want it.

Both sift in three steps: next values by vector; then the bits kept beside the row number; then
the whole hash. What passes the first step waits in a `_Found` buffer until enough is together.

A result is one uint64: query << 41 | distance << 32 | row. Sorted, they are in the order wanted.
When there are more than fit into ``out``, the kernels go on counting; the caller makes room and
asks again.
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
)
from tidebreak.index.near_tables import Tables, build_tables, row_bits
from tidebreak.index.plan import BUCKETS, plan
from tidebreak.kernels import kernel, warmable

QUERY_SHIFT = 41
DISTANCE_SHIFT = 32
MOST_QUERIES = 1 << (64 - QUERY_SHIFT)
"""Queries that one call may bring."""

_WAITING = 1024
_RING = 128
_OFFSETS_AHEAD = 48
_NEXTS_AHEAD = 24
_LINES_AHEAD = 16
_STRIDE = BUCKETS + 1
_LINE, _U1, _U2, _U4, _U32 = (np.uint64(number) for number in (64, 1, 2, 4, 32))
_LOW32 = np.uint64(0xFFFFFFFF)
_LANE = np.uint64(0xFFFF)
_LANES = np.uint64(LANES16)


@kernel
def _whole_distance(words: Any, row: int, queries: Any, query: int) -> Any:
    total = np.uint64(0)
    for word in range(4):
        total += popcount(words[row, word] ^ queries[query, word])
    return np.int64(total)


@kernel
def _start_of(words: Any, row: int, queries: Any, query: int, steps: Any) -> Any:
    total, most, start = 0, -1000, 0
    for band in range(16):
        differing = words[row, band >> 2] ^ queries[query, band >> 2]
        lane = (differing >> np.uint64((band & 3) * 16)) & _LANE
        total += np.int64(popcount(lane)) - steps[band]
        if total >= most:
            most, start = total, (band + 1) & 15
    return start


@kernel
def _settle(
    waiting: int, found: Any, words: Any, rows: Any, bits: int, queries: Any, lanes: Any,
    radius: int, steps: Any, out: Any, made: int,
) -> int:  # fmt: skip
    """Sift the waiting finds by the bits beside the row number, then by the whole hash.

    ``found`` is (`_WAITING`, 4) uint32: query, band, place in the band, what is left.
    """
    address = address_of(words)
    shift, low = np.uint64(bits), (_U1 << np.uint64(bits)) - _U1
    kept = 0
    for i in range(waiting):
        query, band = np.int64(found[i, 0]), np.int64(found[i, 1])
        packed = np.uint64(rows[band, np.int64(found[i, 2])])
        after = np.uint64(lanes[query, (band + 2) & 15]) << shift
        if popcount((packed ^ after) & ~low & _LOW32) <= np.uint64(found[i, 3]):
            row = packed & low
            if row < np.uint64(len(words)):
                prefetch(address + row * _U32)
                found[kept, 0], found[kept, 1] = np.uint32(query), np.uint32(band)
                found[kept, 2] = np.uint32(row)
                kept += 1
    for i in range(kept):
        query, row = np.int64(found[i, 0]), np.int64(found[i, 2])
        distance = _whole_distance(words, row, queries, query)
        if distance <= radius and (
            _start_of(words, row, queries, query, steps) == np.int64(found[i, 1])
        ):
            if made < len(out):
                out[made] = (
                    (np.uint64(query) << np.uint64(QUERY_SHIFT))
                    | (np.uint64(distance) << np.uint64(DISTANCE_SHIFT))
                    | np.uint64(row)
                )
            made += 1
    return made


@kernel
def _probe_each(
    queries: Any, lanes: Any, words: Any, offsets: Any, nexts: Any, rows: Any, bits: int,
    radius: int, steps: Any, bands: Any, masks: Any, limits: Any, lefts: Any, out: Any,
) -> int:  # fmt: skip
    # One endless row of look-ups, query after query. Three places move along it: `ahead` asks
    # for the offsets, `near` reads them and asks for the next values, `i` compares.
    count, size, entries = len(queries), len(bands), rows.shape[1]
    total = count * size
    begin, end = np.empty(_RING, np.int64), np.empty(_RING, np.int64)
    found = np.empty((_WAITING, 4), np.uint32)
    to_offsets, to_nexts, to_rows = address_of(offsets), address_of(nexts), address_of(rows)
    width = np.uint64(nexts.shape[1])
    waiting, made = 0, 0
    ahead, ahead_query, near, near_query, query, step = 0, 0, 0, 0, 0, 0
    for i in range(-_NEXTS_AHEAD - _OFFSETS_AHEAD, total):
        if ahead_query < count:
            value = np.int64(lanes[ahead_query, bands[ahead]] ^ masks[ahead])
            prefetch(to_offsets + np.uint64(bands[ahead] * _STRIDE + value) * _U4)
            ahead += 1
            if ahead == size:
                ahead, ahead_query = 0, ahead_query + 1
        if i >= -_NEXTS_AHEAD and near_query < count:
            band = bands[near]
            value = np.int64(lanes[near_query, band] ^ masks[near])
            first = np.int64(offsets[band, value])
            last = min(np.int64(offsets[band, value + 1]), entries)
            slot = (i + _NEXTS_AHEAD) & (_RING - 1)
            begin[slot], end[slot] = first, last
            base = to_nexts + np.uint64(band) * width * _U2
            line = (base + np.uint64(first) * _U2) & ~(_LINE - _U1)
            stop = base + np.uint64(last) * _U2
            while line < stop:
                prefetch(line)
                line += _LINE
            near += 1
            if near == size:
                near, near_query = 0, near_query + 1
        if i < 0:
            continue
        band = bands[step]
        wanted, limit, left = lanes[query, (band + 1) & 15], limits[step], lefts[step]
        base = to_nexts + np.uint64(band) * width * _U2
        place, last = begin[i & (_RING - 1)], end[i & (_RING - 1)]
        while place < last:
            near_lanes = lanes_within(base + np.uint64(place) * _U2, wanted, limit)
            if last - place < LANES16:
                near_lanes &= (_U1 << np.uint64(last - place)) - _U1
            while near_lanes != 0:
                at = place + np.int64(lowest_bit(near_lanes))
                near_lanes &= near_lanes - _U1
                used = np.int64(popcount(np.uint16(nexts[band, at] ^ wanted)))
                prefetch(to_rows + np.uint64(band * entries + at) * _U4)
                found[waiting, 0], found[waiting, 1] = np.uint32(query), np.uint32(band)
                found[waiting, 2], found[waiting, 3] = np.uint32(at), np.uint32(left - used)
                waiting += 1
                if waiting == _WAITING:
                    made = _settle(waiting, found, words, rows, bits, queries, lanes, radius,
                                   steps, out, made)  # fmt: skip
                    waiting = 0
            place += LANES16
        step += 1
        if step == size:
            step, query = 0, query + 1
    return _settle(waiting, found, words, rows, bits, queries, lanes, radius, steps, out, made)


@kernel
def _order_probes(lanes: Any, band: int, masks: Any, ends: Any, probes: Any) -> None:
    """Sort the look-ups of a band by bucket; ``ends[v]`` becomes the end of bucket v's.

    A look-up is query << 10 | number of its mask.
    """
    ends[:] = 0
    for query in range(len(lanes)):
        for mask in masks:
            ends[np.int64(lanes[query, band] ^ mask) + 1] += 1
    for value in range(BUCKETS):
        ends[value + 1] += ends[value]
    for query in range(len(lanes)):
        for number in range(len(masks)):
            value = np.int64(lanes[query, band] ^ masks[number])
            probes[ends[value]] = np.uint32((query << 10) | number)
            ends[value] += 1


@kernel
def _probe_batch(
    queries: Any, lanes: Any, words: Any, offsets: Any, nexts: Any, rows: Any, bits: int,
    radius: int, steps: Any, first: Any, masks: Any, limits: Any, lefts: Any, out: Any,
) -> int:  # fmt: skip
    entries = rows.shape[1]
    ends = np.empty(BUCKETS + 1, np.int64)
    found = np.empty((_WAITING, 4), np.uint32)
    width, to_nexts, to_rows = np.uint64(nexts.shape[1]), address_of(nexts), address_of(rows)
    waiting, made = 0, 0
    for band in range(16):
        begin, size = first[band], first[band + 1] - first[band]
        probes = np.empty(len(queries) * size, np.uint32)
        _order_probes(lanes, band, masks[begin : begin + size], ends, probes)
        base = to_nexts + np.uint64(band) * width * _U2
        probe = 0
        for value in range(BUCKETS):
            if ends[value] == probe:
                continue
            start = np.int64(offsets[band, value])
            last = min(np.int64(offsets[band, value + 1]), entries)
            while probe < ends[value]:
                query = np.int64(probes[probe] >> 10)
                number = begin + np.int64(probes[probe] & 1023)
                probe += 1
                wanted = lanes[query, (band + 1) & 15]
                limit, left = limits[number], lefts[number]
                place = start
                while place < last:
                    near_lanes = lanes_within(base + np.uint64(place) * _U2, wanted, limit)
                    if last - place < LANES16:
                        near_lanes &= (_U1 << np.uint64(last - place)) - _U1
                    while near_lanes != 0:
                        at = place + np.int64(lowest_bit(near_lanes))
                        near_lanes &= near_lanes - _U1
                        used = np.int64(popcount(np.uint16(nexts[band, at] ^ wanted)))
                        prefetch(to_rows + np.uint64(band * entries + at) * _U4)
                        found[waiting, 0], found[waiting, 1] = np.uint32(query), np.uint32(band)
                        found[waiting, 2] = np.uint32(at)
                        found[waiting, 3] = np.uint32(left - used)
                        waiting += 1
                        if waiting == _WAITING:
                            made = _settle(waiting, found, words, rows, bits, queries, lanes,
                                           radius, steps, out, made)  # fmt: skip
                            waiting = 0
                    place += LANES16
    return _settle(waiting, found, words, rows, bits, queries, lanes, radius, steps, out, made)


def probe_each(
    queries: NDArray[np.uint64],
    words: NDArray[np.uint64],
    tables: Tables,
    radius: int,
    out: NDArray[np.uint64],
) -> int:
    """Write the results of each query into ``out``, and return how many there are."""
    wanted = plan(radius)
    return _probe_each(
        queries, queries.view(np.uint16), words, tables.offsets, tables.nexts, tables.rows,
        row_bits(len(words)), radius, wanted.steps, wanted.band, wanted.mask,
        wanted.next_limit, wanted.after_limit, out,
    )  # fmt: skip


def probe_batch(
    queries: NDArray[np.uint64],
    words: NDArray[np.uint64],
    tables: Tables,
    radius: int,
    out: NDArray[np.uint64],
) -> int:
    """Do what `probe_each` does, for thousands of queries (below 2**22)."""
    wanted = plan(radius)
    return _probe_batch(
        queries, queries.view(np.uint16), words, tables.offsets, tables.nexts, tables.rows,
        row_bits(len(words)), radius, wanted.steps, wanted.first, wanted.mask,
        wanted.next_limit, wanted.after_limit, out,
    )  # fmt: skip


def warm() -> None:
    """Compile every kernel of this module."""
    words, out = np.zeros((1, 4), np.uint64), np.empty(1, np.uint64)
    tables = build_tables(words, 1)
    probe_each(words, words, tables, 0, out)
    probe_batch(words, words, tables, 0, out)


warmable(__name__)
