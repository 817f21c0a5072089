"""Building the look-up tables of `tidebreak.index.near_tables`, bands side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.near_tables import PADDING, Tables, row_bits
from tidebreak.index.plan import BANDS, BUCKETS
from tidebreak.kernels import kernel, warmable


def build_tables(words: NDArray[np.uint64], threads: int) -> Tables:
    """Return the tables over ``words`` (N, 4), N < 2**32; bands are built side by side."""
    count = len(words)
    tables = Tables(
        offsets=np.empty((BANDS, BUCKETS + 1), np.uint32),
        nexts=np.empty((BANDS, count + PADDING), np.uint16),
        rows=np.empty((BANDS, count), np.uint32),
    )
    lanes = words.view(np.uint16).reshape(count, BANDS)

    def one(band: int) -> None:
        _build_band(lanes, band, row_bits(count), *band_of(tables, band))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(BANDS)))
    return tables


def band_of(tables: Tables, band: int) -> tuple[Any, Any, Any]:
    """Return the offsets, next values and rows of one band."""
    return tables.offsets[band], tables.nexts[band], tables.rows[band]


@kernel
def _build_band(lanes: Any, band: int, bits: int, offsets: Any, nexts: Any, rows: Any) -> None:
    # A counting sort by the low byte, then one by the high byte: 256 streams stay in the cache
    # where 65,536 would not.
    count = len(lanes)
    second, third = (band + 1) & 15, (band + 2) & 15
    shift = np.uint64(32 + bits)
    low = np.zeros(257, np.int64)
    offsets[:] = 0
    for i in range(count):
        value = np.int64(lanes[i, band])
        offsets[value + 1] += np.uint32(1)
        low[(value & 255) + 1] += 1
    for i in range(256):
        low[i + 1] += low[i]
    for i in range(BUCKETS):
        offsets[i + 1] += offsets[i]
    high = np.empty(256, np.int64)
    for i in range(256):
        high[i] = offsets[i << 8]
    sorted_once = np.empty(count, np.uint64)
    for i in range(count):
        value = np.uint64(lanes[i, band])
        to = low[value & np.uint64(255)]
        low[value & np.uint64(255)] = to + 1
        sorted_once[to] = (
            (np.uint64(lanes[i, third]) << shift)
            | (np.uint64(i) << np.uint64(32))
            | (np.uint64(lanes[i, second]) << np.uint64(16))
            | value
        )
    for i in range(count):
        packed = sorted_once[i]
        byte = (packed >> np.uint64(8)) & np.uint64(255)
        to = high[byte]
        high[byte] = to + 1
        nexts[to] = np.uint16((packed >> np.uint64(16)) & np.uint64(0xFFFF))
        rows[to] = np.uint32(packed >> np.uint64(32))
    for i in range(count, len(nexts)):
        nexts[i] = np.uint16(0)


def warm() -> None:
    """Compile every kernel of this module."""
    build_tables(np.zeros((1, 4), np.uint64), 1)


warmable(__name__)
