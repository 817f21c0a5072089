"""Sifting what a bucket holds: the inner loops of `tidebreak.index.near_probe`.

Three steps, each cheaper per candidate than the next: next values by vector; then the bits kept
beside the row number; then the whole hash. What passes the first waits in an array ``found`` of
(`WAITING`, 4) uint32 (query, band, place in the band, what is left for the band after the next)
until enough is together for the other two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tidebreak.index.intrinsics import (
    LANES16,
    address_of,
    lanes_within,
    lowest_bit,
    popcount,
    prefetch,
    prefetch_far,
)
from tidebreak.index.packing import DISTANCE_SHIFT, QUERY_SHIFT
from tidebreak.kernels import kernel

WAITING = 1024
"""Finds that may wait."""
FULL = np.uint64(WAITING - LANES16)
"""With more than this waiting, `settle` must come before the next `sift`."""

# Indices are unsigned throughout: numba checks signed ones for being negative.
_0, _1, _2, _4, _15, _32 = (np.uint64(number) for number in (0, 1, 2, 4, 15, 32))
_LOW32, _LOW16 = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)
_LANES = np.uint64(LANES16)


@kernel
def start_of(x0: Any, x1: Any, x2: Any, x3: Any, thresholds: Any) -> Any:
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
def sift(
    place: Any, last: Any, nexts: Any, rows: Any, wanted: Any, limit: Any, left: Any,
    query: Any, band: Any, found: Any, waiting: Any,
) -> Any:  # fmt: skip
    """Put the places of a bucket whose next value fits into ``found``, until that is full.

    Returns the place to go on from, and how many finds are waiting.
    """
    to_nexts, to_rows = address_of(nexts), address_of(rows)
    while place < last and waiting <= FULL:
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
def settle(
    waiting: Any, found: Any, words: Any, rows: Any, bits: Any, queries: Any, lanes: Any,
    radius: Any, thresholds: Any, out: Any, made: Any,
) -> Any:  # fmt: skip
    """Sift what waits by the bits beside the row number, then by the whole hash.

    Returns ``made``, increased by the results.
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
        if distance > limit or start_of(x0, x1, x2, x3, thresholds) != found[i, 1]:
            continue
        if made < len(out):
            where = query << np.uint64(QUERY_SHIFT)
            out[made] = where | (distance << np.uint64(DISTANCE_SHIFT)) | row
        made += 1
    return made
