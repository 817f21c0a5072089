"""Search by scan: every entry against every query, for small collections and wide radii.

Entries are turned into columns, a block at a time, that stay in the cache while all queries pass
over them; half of each hash is compared first, since most entries are already too far then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import LANES64, address_of, lowest_bit, popcount, words_within
from tidebreak.kernels import kernel, warmable

_BLOCK = 2048
_U1, _U8 = np.uint64(1), np.uint64(8)


def _scan(queries: Any, words: Any, radius: int, out: Any) -> int:
    columns = np.empty((4, _BLOCK), np.uint64)
    base, width = address_of(columns), np.uint64(_BLOCK * 8)
    limit, made = np.uint64(radius), 0
    for block in range(0, len(words), _BLOCK):
        size = min(_BLOCK, len(words) - block)
        for i in range(size):
            for word in range(4):
                columns[word, i] = words[block + i, word]
        for query in range(len(queries)):
            q0, q1, q2, q3 = (queries[query, 0], queries[query, 1], queries[query, 2],
                              queries[query, 3])  # fmt: skip
            for i in range(0, size, LANES64):
                at = base + np.uint64(i) * _U8
                near = words_within(at, at + width, q0, q1, limit)
                if size - i < LANES64:
                    near &= (_U1 << np.uint64(size - i)) - _U1
                while near != 0:
                    j = i + np.int64(lowest_bit(near))
                    near &= near - _U1
                    distance = (
                        popcount(columns[0, j] ^ q0) + popcount(columns[1, j] ^ q1)
                        + popcount(columns[2, j] ^ q2) + popcount(columns[3, j] ^ q3)
                    )  # fmt: skip
                    if distance <= limit:
                        if made < len(out):
                            out[made] = (
                                (np.uint64(query) << np.uint64(41))
                                | (distance << np.uint64(32))
                                | np.uint64(block + j)
                            )
                        made += 1
    return made


_compiled: Callable[..., int] = kernel(_scan)


def scan(
    queries: NDArray[np.uint64], words: NDArray[np.uint64], radius: int, out: NDArray[np.uint64]
) -> int:
    """Write results as `tidebreak.index.near_probe` does, for any radius; return their number."""
    return _compiled(queries, words, radius, out)


def scan_plainly(
    queries: NDArray[np.uint64], words: NDArray[np.uint64], radius: int
) -> NDArray[np.uint64]:
    """Return what `scan` writes, sorted: the reference that every other search must equal."""
    found = [np.empty(0, np.uint64)]
    for number, query in enumerate(queries):
        distance = np.bitwise_count(words ^ query).sum(axis=1, dtype=np.uint64)
        rows = np.flatnonzero(distance <= radius).astype(np.uint64)
        high = np.uint64(number << 41) | (distance[rows.astype(np.intp)] << np.uint64(32))
        found.append(np.sort(high | rows))
    return np.concatenate(found)


def warm() -> None:
    """Compile every kernel of this module."""
    words = np.zeros((1, 4), np.uint64)
    scan(words, words, 0, np.empty(1, np.uint64))


warmable(__name__)
