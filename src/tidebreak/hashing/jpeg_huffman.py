"""Huffman codes of JPEG as look-up tables, and entropy-coded data as plain 32-bit words.

A table has two views of the next 12 bits. ``single`` names one symbol: code length, magnitude
size, run. ``skip`` names as many whole AC symbols as fit, for coefficients that nobody wants:
bits to drop, coefficients passed, whether the block ended. Longer codes are found one length at a
time.

Readers hold the next bits left-aligned in a 64-bit word and add 32 whenever fewer remain. They
compare what they have used with the length of the segment once per unit, and the words are padded
by more than a unit can use, so that no input leads them beyond the array. Refilling and looking a
symbol up are written out in every reader: as functions they would cost it a quarter of its speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Words
from tidebreak.hashing.jpeg_markers import Corrupt, HuffmanTable, Scan
from tidebreak.kernels import inlined, kernel

_SIZE = 1 << 12
_AC = 4
"""AC tables stand behind the four DC tables."""

_PADDING = 4 * 8192
"""Bytes: one unit has at most 64 blocks of 64 symbols of 31 bits."""

Entries = NDArray[np.uint16]
Segments = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Eight tables, DC 0-3 then AC 0-3.

    ``single`` and ``skip`` are uint16 of shape (8, 4096); ``counts`` uint8 (8, 16) and ``symbols``
    uint8 (8, 256) serve the codes that are longer than 12 bits.
    """

    single: Entries
    skip: Entries
    counts: Bytes
    symbols: Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """The entropy-coded data of a scan without stuffing.

    ``words`` is uint32, most significant bit first. ``segments`` is int64 of shape (restart
    segments, 2): the first word of each, and the bit, counted from word 0, at which it ends.
    ``end`` is where the next marker stands in the file.
    """

    words: Words
    segments: Segments
    end: int


def tables_of(dc: Mapping[int, HuffmanTable], ac: Mapping[int, HuffmanTable]) -> Tables:
    """Return the look-up tables of a scan; equal Huffman tables are expanded only once."""
    numbered = [(number, table) for number, table in sorted(dc.items())]
    numbered += [(number + _AC, table) for number, table in sorted(ac.items())]
    return _expanded(tuple(numbered))


@lru_cache(maxsize=16)
def _expanded(numbered: tuple[tuple[int, HuffmanTable], ...]) -> Tables:
    tables = Tables(
        *(np.zeros((8, _SIZE), np.uint16), np.zeros((8, _SIZE), np.uint16)),
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
            raise Corrupt("a Huffman table has more codes than bits allow")


def coded(data: bytes, scan: Scan, units: int) -> Coded:
    """Return the data of ``scan``, which has ``units`` MCUs (or blocks, where it has no MCUs)."""
    expected = -(-units // scan.restart) if scan.restart else 1
    if 2 * expected > len(data):
        raise Corrupt("restart markers are missing")
    source = np.frombuffer(data, np.uint8)
    clean = np.zeros(len(data) - scan.start + 4 * expected + _PADDING & ~3, np.uint8)
    segments = np.zeros((expected, 2), np.int64)
    end, found = unstuff(source, scan.start, clean, segments)
    if found != expected:
        raise Corrupt("restart markers are missing")
    words = clean.view(">u4").astype(np.uint32)
    return Coded(words, segments, end)


@kernel
def unstuff(data: Bytes, start: int, clean: Bytes, segments: Segments) -> tuple[int, int]:
    """Copy a scan to ``clean`` without stuffed zeros, each restart segment on a new word.

    Stops at the first marker that is no restart, or when ``segments`` is full. ``clean`` is
    zeroed and holds 4 bytes per segment more than ``data`` has from ``start`` on. Returns the
    position of that marker and the number of segments.
    """
    end = len(data)
    at = start
    into = 0
    segment = 0
    while segment < segments.shape[0]:
        segments[segment, 0] = into >> 2
        while at < end:
            if at + 32 <= end:
                # Slices, because their indices need no checks and the loops become vectors.
                found = False
                plain, copy = data[at : at + 32], clean[into : into + 32]
                for j in range(32):
                    found |= plain[j] == 255
                if not found:
                    for j in range(32):
                        copy[j] = plain[j]
                    at += 32
                    into += 32
                    continue
            stop = min(at + 32, end)
            while at < stop and data[at] != 255:
                clean[into] = data[at]
                at += 1
                into += 1
            if at < stop:
                if at + 1 >= end or data[at + 1] != 0:
                    break
                clean[into] = 255
                at += 2
                into += 1
        segments[segment, 1] = into * 8
        segment += 1
        into = (into + 3) & ~3
        while at + 1 < end and data[at + 1] == 255:
            at += 1  # fill bytes before a marker
        if at + 1 >= end or data[at + 1] < 0xD0 or data[at + 1] > 0xD7:
            break
        at += 2
    return at, segment


@kernel
def expand(counts: Bytes, symbols: Bytes, is_dc: bool, single: Entries) -> None:
    """Fill ``single``: code length | size << 5 | run << 9, and 0 where no short code stands."""
    code = 0
    k = 0
    for length in range(1, 13):
        for _ in range(counts[length - 1]):
            symbol = np.int64(symbols[k])
            entry = length | (symbol & 15) << 5 | (symbol >> 4) << 9
            if is_dc and symbol > 15:
                entry = 0
            for i in range(code << (12 - length), (code + 1) << (12 - length)):
                single[i] = entry
            code += 1
            k += 1
        code <<= 1


@kernel
def combine(single: Entries, skip: Entries) -> None:
    """Fill ``skip``: bits | coefficients passed << 5 | ended << 11, and 0 for no whole symbol.

    Only codes must lie within the 12 bits; the magnitude of the last symbol may hang over.
    """
    for window in range(1 << 12):
        bits = 0
        passed = 0
        ended = 0
        while bits < 12 and not ended:
            entry = np.int64(single[(window << bits) & 4095])
            length, size, run = entry & 31, (entry >> 5) & 15, entry >> 9
            if length == 0 or length > 12 - bits or bits + length + size > 31:
                break
            if size == 0 and run != 15:
                ended = 1
            elif passed + run + 1 > 63:
                break
            else:
                passed += run + 1
            bits += length + size
        skip[window] = bits | passed << 5 | ended << 11


@inlined
def long_code(bits: np.uint64, counts: Bytes, symbols: Bytes) -> np.int64:
    """Return the entry, as in ``single``, of a code of any length; 0 when there is none."""
    first = 0
    k = 0
    for length in range(1, 17):
        code = np.int64(bits >> np.uint64(64 - length))
        count = np.int64(counts[length - 1])
        if code - first < count:
            symbol = np.int64(symbols[k + code - first])
            return length | (symbol & 15) << 5 | (symbol >> 4) << 9
        k += count
        first = (first + count) << 1
    return np.int64(0)


@inlined
def extended(bits: np.uint64, size: int) -> np.int64:
    """Return the signed value of the ``size`` (1-15) leading bits (T.81, F.2.2.1, EXTEND)."""
    value = np.int64(bits >> np.uint64(64 - size))
    negative = np.int64(bits >> np.uint64(63)) - 1
    return value + (negative & (1 - (1 << size)))


def warm() -> None:
    """Compile or load the kernels that are called from Python."""
    counts, symbols = np.zeros(16, np.uint8), np.zeros(256, np.uint8)
    single, skip = np.zeros(_SIZE, np.uint16), np.zeros(_SIZE, np.uint16)
    expand(counts, symbols, True, single)
    combine(single, skip)
    data = np.frombuffer(bytes(4), np.uint8)
    unstuff(data, 0, np.zeros(64, np.uint8), np.zeros((1, 2), np.int64))
