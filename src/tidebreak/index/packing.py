"""How kernels hand over results: one uint64 each, which sort into the order wanted.

The bits are query << 41 | distance << 32 | row. When there are more results than fit into the
array given, a kernel goes on counting; the caller makes room and asks again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

QUERY_SHIFT = 41
DISTANCE_SHIFT = 32
MOST_QUERIES = 1 << 22
"""Queries that one call of a kernel may bring: a result stays below 2**63."""

_ROW = (1 << DISTANCE_SHIFT) - 1
_DISTANCE = (1 << (QUERY_SHIFT - DISTANCE_SHIFT)) - 1

Found = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Query rows, entry rows, distances: three arrays of one length."""


def collect(fill: Callable[[NDArray[np.uint64]], int], room: int) -> NDArray[np.uint64]:
    """Return all results of ``fill``, sorted; ``room`` is a guess of how many there are."""
    while True:
        out = np.empty(room, np.uint64)
        made = fill(out)
        if made <= room:
            return np.sort(out[:made])
        room = made


def unpack(packed: NDArray[np.uint64], first_query: int = 0, first_row: int = 0) -> Found:
    """Return query rows, entry rows and distances, counted from where the rows began."""
    values = packed.view(np.int64)
    queries, rows = values >> QUERY_SHIFT, values & _ROW
    if first_query:
        queries += first_query
    if first_row:
        rows += first_row
    return queries, rows, (values >> DISTANCE_SHIFT) & _DISTANCE
