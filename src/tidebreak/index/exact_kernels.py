"""The kernels of `tidebreak.index.exact`: sorting into buckets, and finding with prefetch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.exact_plain import Buckets
from tidebreak.index.intrinsics import address_of, prefetch
from tidebreak.kernels import kernel, warmable

_AT_ONCE = 64
"""Queries whose cache lines are under way together."""
_SHORT = 64
"""Longest bucket that is sorted by insertion; only copies of one seal make longer ones."""
_U4, _U16, _LINE = np.uint64(4), np.uint64(16), np.uint64(64)


def _count(seals: Any, shift: Any, offsets: Any) -> None:
    for i in range(len(seals)):
        offsets[np.int64(seals[i, 0] >> shift) + 1] += np.uint32(1)
    for bucket in range(len(offsets) - 1):
        offsets[bucket + 1] += offsets[bucket]


def _fill(seals: Any, entries: Any, shift: Any, ends: Any, to_seals: Any, to_entries: Any) -> None:
    for i in range(len(seals)):
        bucket = np.int64(seals[i, 0] >> shift)
        place = ends[bucket]
        ends[bucket] = place + np.uint32(1)
        to_seals[place, 0], to_seals[place, 1] = seals[i, 0], seals[i, 1]
        to_entries[place] = entries[i]


def _sort_short(offsets: Any, seals: Any, entries: Any) -> None:
    for bucket in range(len(offsets) - 1):
        begin, end = np.int64(offsets[bucket]), np.int64(offsets[bucket + 1])
        if end - begin > _SHORT:
            continue
        for i in range(begin + 1, end):
            first, second, entry = seals[i, 0], seals[i, 1], entries[i]
            j = i
            while j > begin and (
                seals[j - 1, 0] > first
                or (
                    seals[j - 1, 0] == first
                    and (
                        seals[j - 1, 1] > second
                        or (seals[j - 1, 1] == second and entries[j - 1] > entry)
                    )
                )
            ):
                seals[j, 0], seals[j, 1] = seals[j - 1, 0], seals[j - 1, 1]
                entries[j] = entries[j - 1]
                j -= 1
            seals[j, 0], seals[j, 1], entries[j] = first, second, entry


def _find(
    wanted: Any, shift: Any, offsets: Any, seals: Any, entries: Any, rows: Any, found: Any
) -> int:
    # Three passes over a few queries at a time, each asking for what the next one reads.
    to_offsets, to_seals = address_of(offsets), address_of(seals)
    to_entries = address_of(entries)
    begin, end = np.empty(_AT_ONCE, np.int64), np.empty(_AT_ONCE, np.int64)
    made = 0
    for start in range(0, len(wanted), _AT_ONCE):
        size = min(_AT_ONCE, len(wanted) - start)
        for i in range(size):
            prefetch(to_offsets + (wanted[start + i, 0] >> shift) * _U4)
        for i in range(size):
            bucket = np.int64(wanted[start + i, 0] >> shift)
            begin[i] = offsets[bucket]
            end[i] = min(np.int64(offsets[bucket + 1]), len(entries))
            line = to_seals + np.uint64(begin[i]) * _U16
            stop = min(to_seals + np.uint64(end[i]) * _U16, line + _LINE * np.uint64(8))
            prefetch(to_entries + np.uint64(begin[i]) * _U4)
            while line < stop:
                prefetch(line)
                line += _LINE
        for i in range(size):
            first, second = wanted[start + i, 0], wanted[start + i, 1]
            for place in range(begin[i], end[i]):
                if seals[place, 0] == first and seals[place, 1] == second:
                    if made < len(found):
                        rows[made], found[made] = start + i, entries[place]
                    made += 1
    return made


_count_compiled: Callable[..., None] = kernel(_count)
_fill_compiled: Callable[..., None] = kernel(_fill)
_sort_compiled: Callable[..., None] = kernel(_sort_short)
_find_compiled: Callable[..., int] = kernel(_find)


def sort_into_buckets(seals: NDArray[np.uint64], entries: NDArray[np.uint32], bits: int) -> Buckets:
    """Return offsets (2**bits + 1), seals (N, 2) and entries (N,) in order of seal, then entry."""
    shift = np.uint64(64 - bits)
    offsets = np.zeros((1 << bits) + 1, np.uint32)
    _count_compiled(seals, shift, offsets)
    sorted_seals, sorted_entries = np.empty_like(seals), np.empty_like(entries)
    _fill_compiled(seals, entries, shift, offsets[:-1].copy(), sorted_seals, sorted_entries)
    _sort_compiled(offsets, sorted_seals, sorted_entries)
    for bucket in np.flatnonzero(np.diff(offsets) > _SHORT):
        _sort_long(sorted_seals, sorted_entries, slice(offsets[bucket], offsets[bucket + 1]))
    return offsets, sorted_seals, sorted_entries


def _sort_long(seals: NDArray[np.uint64], entries: NDArray[np.uint32], where: slice) -> None:
    order = np.lexsort((entries[where], seals[where, 1], seals[where, 0]))
    seals[where], entries[where] = seals[where][order], entries[where][order]


def find(
    wanted: NDArray[np.uint64],
    offsets: NDArray[np.uint32],
    seals: NDArray[np.uint64],
    entries: NDArray[np.uint32],
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the rows of ``wanted`` (Q, 2) and the entries with that seal, in this order."""
    shift = np.uint64(64 - (len(offsets) - 1).bit_length() + 1)
    room = max(64, len(wanted))
    while True:
        rows, found = np.empty(room, np.int64), np.empty(room, np.uint32)
        made = _find_compiled(wanted, shift, offsets, seals, entries, rows, found)
        if made <= room:
            return rows[:made], found[:made]
        room = made


def warm() -> None:
    """Compile every kernel of this module."""
    one = np.zeros((1, 2), np.uint64)
    offsets, seals, entries = sort_into_buckets(one, np.zeros(1, np.uint32), 1)
    find(one, offsets, seals, entries)


warmable(__name__)
