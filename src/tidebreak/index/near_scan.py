"""Search by scan: every entry against every query, for small collections and wide radii.

Entries are turned into columns, a block at a time, that stay in the cache while all queries pass
over them; half of each hash is compared first, since most entries are already too far then.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import (
    LANES64,
    address_of,
    halves_within,
    lowest_bit,
    popcount,
    wholes_within,
)
from tidebreak.index.packing import DISTANCE_SHIFT, QUERY_SHIFT
from tidebreak.kernels import kernel, warmable

_BLOCK = 2048
_U0, _U1, _U8 = np.uint64(0), np.uint64(1), np.uint64(8)


@kernel
def _scan(queries: Any, words: Any, radius: Any, out: Any) -> Any:
    columns = np.empty((4, _BLOCK), np.uint64)
    base, width = address_of(columns), np.uint64(_BLOCK * 8)
    limit, made = np.uint64(radius), 0
    for block in range(0, len(words), _BLOCK):
        size = min(_BLOCK, len(words) - block)
        for i in range(size):
            for word in range(4):
                columns[word, i] = words[block + i, word]
        for query in range(len(queries)):
            q0, q1 = queries[query, 0], queries[query, 1]
            q2, q3 = queries[query, 2], queries[query, 3]
            for i in range(0, size, LANES64):
                c0 = base + np.uint64(i) * _U8
                c1 = c0 + width
                near = halves_within(c0, c1, q0, q1, limit)
                if near == _U0:
                    continue
                c2, c3 = c1 + width, c1 + width + width
                near = wholes_within(c0, c1, c2, c3, q0, q1, q2, q3, limit)
                if size - i < LANES64:
                    near &= (_U1 << np.uint64(size - i)) - _U1
                while near != _U0:
                    j = i + np.int64(lowest_bit(near))
                    near &= near - _U1
                    if made < len(out):
                        distance = popcount(columns[0, j] ^ q0) + popcount(columns[1, j] ^ q1)
                        distance += popcount(columns[2, j] ^ q2) + popcount(columns[3, j] ^ q3)
                        where = np.uint64(query) << np.uint64(QUERY_SHIFT)
                        row = np.uint64(block + j)
                        out[made] = where | (distance << np.uint64(DISTANCE_SHIFT)) | row
                    made += 1
    return made


def scan(
    queries: NDArray[np.uint64], words: NDArray[np.uint64], radius: int, out: NDArray[np.uint64]
) -> int:
    """Write the results (`tidebreak.index.packing`) for any radius; return how many there are."""
    return _scan(queries, words, radius, out)


def warm() -> None:
    """Compile every kernel of this module."""
    words = np.zeros((1, 4), np.uint64)
    scan(words, words, 0, np.empty(1, np.uint64))


warmable(__name__)
