"""Sorting and finding seals in plain numpy: the twin of `tidebreak.index.exact_kernels`.

It serves processes that ask a few questions and end, and it is the kernels' test oracle.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Buckets = tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint32]]
"""Offsets, seals, entries."""


def sort_plainly(seals: NDArray[np.uint64], entries: NDArray[np.uint32], bits: int) -> Buckets:
    """Do what `sort_into_buckets` does, slowly."""
    order = np.lexsort((entries, seals[:, 1], seals[:, 0]))
    buckets = seals[order, 0] >> np.uint64(64 - bits)
    offsets = np.searchsorted(buckets, np.arange((1 << bits) + 1, dtype=np.uint64))
    return offsets.astype(np.uint32), seals[order], entries[order]


def find_plainly(
    wanted: NDArray[np.uint64],
    offsets: NDArray[np.uint32],
    seals: NDArray[np.uint64],
    entries: NDArray[np.uint32],
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Do what `tidebreak.index.exact_kernels.find` does, slowly."""
    rows, found = [np.empty(0, np.int64)], [np.empty(0, np.uint32)]
    shift = np.uint64(64 - (len(offsets) - 1).bit_length() + 1)
    for row, seal in enumerate(wanted):
        bucket = int(seal[0] >> shift)
        begin, end = int(offsets[bucket]), int(offsets[bucket + 1])
        same = np.flatnonzero((seals[begin:end] == seal).all(axis=1)) + begin
        rows.append(np.full(len(same), row, np.int64))
        found.append(entries[same])
    return np.concatenate(rows), np.concatenate(found)
