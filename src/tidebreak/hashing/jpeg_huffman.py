"""Huffman codes of JPEG as look-up tables, and the bit reader that feeds them.

A table has two views of the next `WINDOW` bits. ``single`` names one symbol: code length,
magnitude size, run. ``skip`` names as many whole AC symbols as fit, for coefficients that nobody
wants: bits to drop, coefficients passed, whether the block ended. Codes longer than the window
are found one length at a time.

The bit reader keeps up to 64 bits, left-aligned. It never reads at or beyond ``end``: past the
data, or at a marker, it feeds zeros and counts them, so a short scan shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tidebreak import kernels
from tidebreak.hashing.jpeg_markers import HuffmanTable, Refused

WINDOW = 12
_SIZE = 1 << WINDOW
_AC = 4
"""AC tables stand behind the four DC tables."""

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Eight tables, DC 0-3 then AC 0-3.

    ``single`` and ``skip`` are uint32 of shape (8, 4096); ``counts`` uint8 (8, 16) and ``symbols``
    uint8 (8, 256) serve the codes that are longer than the window.
    """

    single: Words
    skip: Words
    counts: Bytes
    symbols: Bytes


def tables_of(dc: Mapping[int, HuffmanTable], ac: Mapping[int, HuffmanTable]) -> Tables:
    """Return the look-up tables of a scan; equal Huffman tables are expanded only once."""
    numbered = [(number, table) for number, table in sorted(dc.items())]
    numbered += [(number + _AC, table) for number, table in sorted(ac.items())]
    return _expanded(tuple(numbered))


@lru_cache(maxsize=16)
def _expanded(numbered: tuple[tuple[int, HuffmanTable], ...]) -> Tables:
    tables = Tables(
        *(np.zeros((8, _SIZE), np.uint32), np.zeros((8, _SIZE), np.uint32)),
        *(np.zeros((8, 16), np.uint8), np.zeros((8, 256), np.uint8)),
    )
    for number, table in numbered:
        _check_prefix_code(table)
        tables.counts[number] = np.frombuffer(table.counts, np.uint8)
        tables.symbols[number, : len(table.symbols)] = np.frombuffer(table.symbols, np.uint8)
        is_dc = number < _AC
        expand(tables.counts[number], tables.symbols[number], is_dc, tables.single[number])
        if not is_dc:
            combine(tables.single[number], tables.skip[number])
    return tables


def _check_prefix_code(table: HuffmanTable) -> None:
    """Refuse more codes than there are bit patterns."""
    room = 1
    for count in table.counts:
        room = 2 * room - count
        if room < 0:
            raise Refused("a Huffman table has more codes than bits allow")


@kernels.kernel
def expand(counts: Bytes, symbols: Bytes, is_dc: bool, single: Words) -> None:
    """Fill ``single``: code length | size << 8 | run << 16, and 0 where no short code stands."""
    code = 0
    k = 0
    for length in range(1, 13):
        for _ in range(counts[length - 1]):
            symbol = np.int64(symbols[k])
            entry = length | (symbol & 15) << 8 | (symbol >> 4) << 16
            if is_dc:
                entry = length | (symbol & 15) << 8 if symbol < 16 else 0
            for i in range(code << (12 - length), (code + 1) << (12 - length)):
                single[i] = entry
            code += 1
            k += 1
        code <<= 1


@kernels.kernel
def combine(single: Words, skip: Words) -> None:
    """Fill ``skip``: bits | coefficients passed << 8 | ended << 16, and 0 for no whole symbol.

    Only codes must lie within the window; the magnitude bits of the last symbol may hang over.
    """
    for window in range(1 << 12):
        bits = 0
        passed = 0
        ended = 0
        while bits < 12 and not ended:
            entry = np.int64(single[(window << bits) & 4095])
            length, size, run = entry & 31, (entry >> 8) & 15, entry >> 16
            # The reader guarantees 32 bits in one go.
            if length == 0 or length > 12 - bits or bits + length + size > 31:
                break
            bits += length + size
            if size == 0 and run != 15:
                ended = 1
            else:
                passed += run + 1
        skip[window] = bits | passed << 8 | ended << 16


@kernels.kernel
def refill(
    data: Bytes, at: int, end: int, bits: np.uint64, have: int, fed: int
) -> tuple[int, np.uint64, int, int]:
    """Return (at, bits, have, fed) with at least 56 bits in ``bits``.

    ``data`` reaches at least 8 bytes beyond ``end``. ``fed`` counts the zero bits made up.
    """
    if at + 8 <= end:
        word = (
            np.uint64(data[at]) << np.uint64(56)
            | np.uint64(data[at + 1]) << np.uint64(48)
            | np.uint64(data[at + 2]) << np.uint64(40)
            | np.uint64(data[at + 3]) << np.uint64(32)
            | np.uint64(data[at + 4]) << np.uint64(24)
            | np.uint64(data[at + 5]) << np.uint64(16)
            | np.uint64(data[at + 6]) << np.uint64(8)
            | np.uint64(data[at + 7])
        )
        # No byte is FF when its complement has no zero byte.
        zeros = (~word - np.uint64(0x0101010101010101)) & word & np.uint64(0x8080808080808080)
        if zeros == np.uint64(0):
            bits |= word >> np.uint64(have)
            taken = (63 - have) >> 3
            return at + taken, bits, have + 8 * taken, fed
    while have <= 56:
        byte = np.uint64(0)
        if at >= end:
            fed += 8
        elif data[at] != 255:
            byte = np.uint64(data[at])
            at += 1
        elif data[at + 1] == 0:
            byte = np.uint64(255)
            at += 2
        else:
            fed += 8
        bits |= byte << np.uint64(56 - have)
        have += 8
    return at, bits, have, fed


@kernels.kernel
def long_code(bits: np.uint64, counts: Bytes, symbols: Bytes) -> np.int64:
    """Return the entry, as in ``single``, of a code of any length; 0 when there is none."""
    first = 0
    k = 0
    for length in range(1, 17):
        code = np.int64(bits >> np.uint64(64 - length))
        count = np.int64(counts[length - 1])
        if code - first < count:
            symbol = np.int64(symbols[k + code - first])
            return length | (symbol & 15) << 8 | (symbol >> 4) << 16
        k += count
        first = (first + count) << 1
    return np.int64(0)


def warm() -> None:
    """Compile or load the kernels that are called from Python."""
    counts, symbols = np.zeros(16, np.uint8), np.zeros(256, np.uint8)
    single, skip = np.zeros(_SIZE, np.uint32), np.zeros(_SIZE, np.uint32)
    expand(counts, symbols, True, single)
    combine(single, skip)
