"""Kernels over pairs of an actor and a content: numbering, uniting, counting.

A pair is one 64-bit word (`tidebreak.sightings.ranking.pairs`): actor, file, five bits of evidence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import inlined, kernel, warmable

Words = NDArray[np.uint64]
Small = NDArray[np.uint32]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ONE, _FREE = np.uint64(1), np.uint32(0xFFFFFFFF)


@inlined
def _slot(key: np.uint64, bits: int) -> np.int64:
    """Return where in a table of 2**bits places a key is looked for first (Knuth, TAOCP 3, 6.4)."""
    mixed = (key ^ (key >> np.uint64(29))) * _GOLDEN
    return np.int64(mixed >> np.uint64(64 - bits))


@kernel
def _number(keys: Words, bits: int, table: Small, numbers: Small, kept: Words) -> int:
    made, last = 0, np.int64((1 << bits) - 1)
    for i in range(len(keys)):
        at = _slot(keys[i], bits)
        while table[at] != _FREE and kept[table[at]] != keys[i]:
            at = (at + 1) & last
        if table[at] == _FREE:
            table[at] = np.uint32(made)
            kept[made] = keys[i]
            made += 1
        numbers[i] = table[at]
    return made


@kernel
def _unite(words: Words, width: int, bits: int, table: Small, kept: Words) -> int:
    made, last, shift = 0, np.int64((1 << bits) - 1), np.uint64(width)
    for i in range(len(words)):
        key = words[i] >> shift
        at = _slot(key, bits)
        while table[at] != _FREE and kept[table[at]] >> shift != key:
            at = (at + 1) & last
        if table[at] == _FREE:
            table[at] = np.uint32(made)
            kept[made] = words[i]
            made += 1
        else:
            kept[table[at]] |= words[i]
    return made


@kernel
def _order(numbers: Small, starts: NDArray[np.int64], order: Small) -> None:
    for i in range(len(numbers)):
        starts[numbers[i] + 1] += 1
    for k in range(1, len(starts)):
        starts[k] += starts[k - 1]
    place = starts[:-1].copy()
    for i in range(len(numbers)):
        order[place[numbers[i]]] = i
        place[numbers[i]] += 1


@kernel
def _count(starts: NDArray[np.int64], pairs: Small, mask: int, counts: Small) -> None:
    wanted = np.uint32(mask)
    for actor in range(len(counts)):
        found = 0
        for i in range(starts[actor], starts[actor + 1]):
            found += (pairs[i] & wanted) == wanted
        counts[actor] = found


@kernel
def _clear(starts: NDArray[np.int64], pairs: Small, mask: int, which: NDArray[np.int64]) -> None:
    kept = ~np.uint32(mask)
    for actor in which:
        for i in range(starts[actor], starts[actor + 1]):
            pairs[i] &= kept


def number(keys: Words) -> tuple[Small, Words]:
    """Return for each of ``keys`` (n,) its number, and the distinct keys in the order of those."""
    bits = _table_bits(len(keys))
    table = np.full(1 << bits, _FREE, np.uint32)
    numbers, kept = np.empty(len(keys), np.uint32), np.empty(len(keys), np.uint64)
    made = _number(keys, bits, table, numbers, kept)
    return numbers, kept[:made]


def unite(words: Words, width: int) -> Words:
    """Return one word for those that are equal but for their lowest ``width`` bits, these or-ed.

    In the order in which they come first.
    """
    bits = _table_bits(len(words))
    table, kept = np.full(1 << bits, _FREE, np.uint32), np.empty(len(words), np.uint64)
    made = _unite(words, width, bits, table, kept)
    return kept[:made].copy() if made < len(words) // 2 else kept[:made]


def grouped(numbers: Small, groups: int) -> tuple[NDArray[np.int64], Small]:
    """Return (starts (groups + 1,), order (n,)): what has the number g stands from starts[g] on."""
    starts, order = np.zeros(groups + 1, np.int64), np.empty(len(numbers), np.uint32)
    _order(numbers, starts, order)
    return starts, order


def count(starts: NDArray[np.int64], pairs: Small, mask: int) -> Small:
    """Return how many ``pairs`` of each group have all bits of ``mask``."""
    counts = np.zeros(len(starts) - 1, np.uint32)
    _count(starts, pairs, mask, counts)
    return counts


def clear(starts: NDArray[np.int64], pairs: Small, mask: int, which: NDArray[np.int64]) -> None:
    """Clear the bits of ``mask`` in all pairs of the groups ``which``, in place."""
    _clear(starts, pairs, mask, which)


def _table_bits(size: int) -> int:
    """At most half of the table is filled; its places are numbered in 32 bits."""
    return max(4, (2 * size).bit_length())


def warm() -> None:
    """Compile every kernel of this module."""
    words = np.zeros(1, np.uint64)
    numbers, _ = number(words)
    unite(words, 5)
    starts, order = grouped(numbers, 1)
    count(starts, order, 1)
    clear(starts, order, 1, np.zeros(1, np.int64))


warmable(__name__)
