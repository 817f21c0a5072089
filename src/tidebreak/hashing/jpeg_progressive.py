"""Luma coefficients of the scans of a progressive JPEG.

Source: ITU-T T.81, annex G.2. To read the refinements of the few lowest coefficients one must
know which of all 64 are already non-zero, and nothing else about the others: one bit each, in a
64-bit word per block. Correction bits of unwanted coefficients are counted and dropped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Words
from tidebreak.hashing.jpeg_huffman import Entries, Segments, extended, long_code
from tidebreak.hashing.jpeg_sequential import Kept, Layout
from tidebreak.kernels import inlined, kernel

NonZero = NDArray[np.uint64]


@inlined
def _ones(word: np.uint64) -> np.int64:
    """Return the number of bits that are set (compilers know this form as a popcount)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    pairs = np.uint64(0x3333333333333333)
    word = (word & pairs) + ((word >> np.uint64(2)) & pairs)
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def decode_dc(
    words: Words,
    segments: Segments,
    restart: int,
    down: int,
    across: int,
    layout: Layout,
    single: Entries,
    counts: Bytes,
    symbols: Bytes,
    refining: bool,
    low: int,
    kept: Kept,
) -> int:
    """Read a DC scan, first or refining; parameters and answer as `decode_sequential` has them."""
    previous = np.zeros(4, np.int64)
    word = 0
    end = segments[0, 1]
    bits = np.uint64(0)
    have = 0
    unit = 0
    for y in range(down):
        for x in range(across):
            if restart > 0 and unit > 0 and unit % restart == 0:
                word, end = segments[unit // restart, 0], segments[unit // restart, 1]
                bits = np.uint64(0)
                have = 0
                previous[:] = 0
            for component in range(layout.shape[0]):
                h, v, dc = layout[component, 0], layout[component, 1], layout[component, 2]
                luma = layout[component, 4] != 0
                for row in range(y * v, y * v + v):
                    for column in range(x * h, x * h + h):
                        if have < 32:
                            bits |= np.uint64(words[word]) << np.uint64(32 - have)
                            word += 1
                            have += 32
                        if refining:
                            if luma:
                                kept[0, row, column] |= np.int64(bits >> np.uint64(63)) << low
                            bits <<= np.uint64(1)
                            have -= 1
                            continue
                        entry = np.int64(single[dc, bits >> np.uint64(52)])
                        if entry == 0:
                            entry = long_code(bits, counts[dc], symbols[dc])
                            if entry == 0 or entry >> 9:
                                return unit
                        length, size = entry & 31, (entry >> 5) & 15
                        bits <<= np.uint64(length)
                        if luma:
                            if size:
                                previous[component] += extended(bits, size)
                            kept[0, row, column] = previous[component] << low
                        bits <<= np.uint64(size)
                        have -= length + size
            if word * 32 - have > end:
                return unit
            unit += 1
    return unit


@kernel
def decode_ac_first(
    words: Words,
    segments: Segments,
    restart: int,
    rows: int,
    columns: int,
    first: int,
    last: int,
    low: int,
    single: Entries,
    counts: Bytes,
    symbols: Bytes,
    kept: Kept,
    nonzero: NonZero,
) -> int:
    """Read the first scan of the luma band ``first`` to ``last`` (1-63) over rows × columns blocks.

    ``single``, ``counts`` and ``symbols`` are those of one table. Returns the number of blocks
    that were read without a fault.
    """
    wanted = kept.shape[0] - 1
    word = 0
    end = segments[0, 1]
    bits = np.uint64(0)
    have = 0
    blank = 0  # blocks to come that have nothing more in this band
    unit = 0
    for row in range(rows):
        for column in range(columns):
            if restart > 0 and unit > 0 and unit % restart == 0:
                word, end = segments[unit // restart, 0], segments[unit // restart, 1]
                bits = np.uint64(0)
                have = 0
                blank = 0
            unit += 1
            if blank > 0:
                blank -= 1
                continue
            seen = nonzero[row, column]
            k = first
            while k <= last:
                if have < 32:
                    bits |= np.uint64(words[word]) << np.uint64(32 - have)
                    word += 1
                    have += 32
                entry = np.int64(single[bits >> np.uint64(52)])
                if entry == 0:
                    entry = long_code(bits, counts, symbols)
                    if entry == 0:
                        return unit - 1
                length, size, run = entry & 31, (entry >> 5) & 15, entry >> 9
                bits <<= np.uint64(length)
                have -= length
                if size == 0 and run < 15:
                    blank = (1 << run) - 1 + np.int64(bits >> np.uint64(1) >> np.uint64(63 - run))
                    bits <<= np.uint64(run)
                    have -= run
                    break
                k += run
                if size:
                    if k > last:
                        return unit - 1
                    seen |= np.uint64(1) << np.uint64(k)
                    if k <= wanted:
                        kept[k, row, column] = extended(bits, size) << low
                    bits <<= np.uint64(size)
                    have -= size
                k += 1
            nonzero[row, column] = seen
            if word * 32 - have > end:
                return unit - 1
    return unit


@kernel
def decode_ac_refining(
    words: Words,
    segments: Segments,
    restart: int,
    rows: int,
    columns: int,
    first: int,
    last: int,
    low: int,
    single: Entries,
    counts: Bytes,
    symbols: Bytes,
    kept: Kept,
    nonzero: NonZero,
) -> int:
    """Read a refining scan of a luma band; parameters and answer as `decode_ac_first` has them."""
    one = np.uint64(1)
    band = (np.uint64(2) << np.uint64(last)) - (one << np.uint64(first))
    wanted = (np.uint64(2) << np.uint64(kept.shape[0] - 1)) - one
    step = 1 << low
    word = 0
    end = segments[0, 1]
    bits = np.uint64(0)
    have = 0
    blank = 0  # blocks, this one included, that have nothing new in this band
    unit = 0
    for row in range(rows):
        for column in range(columns):
            if restart > 0 and unit > 0 and unit % restart == 0:
                word, end = segments[unit // restart, 0], segments[unit // restart, 1]
                bits = np.uint64(0)
                have = 0
                blank = 0
            unit += 1
            seen = nonzero[row, column]
            fresh = np.uint64(0)
            left = band
            while left != np.uint64(0):
                # A symbol: so many coefficients that stay zero, then one that becomes ±step.
                reach = left
                if blank == 0:
                    if have < 32:
                        bits |= np.uint64(words[word]) << np.uint64(32 - have)
                        word += 1
                        have += 32
                    entry = np.int64(single[bits >> np.uint64(52)])
                    if entry == 0:
                        entry = long_code(bits, counts, symbols)
                        if entry == 0:
                            return unit - 1
                    length, size, run = entry & 31, (entry >> 5) & 15, entry >> 9
                    bits <<= np.uint64(length)
                    have -= length
                    if size == 0 and run < 15:
                        blank = (1 << run) + np.int64(bits >> one >> np.uint64(63 - run))
                        bits <<= np.uint64(run)
                        have -= run
                    else:
                        zeros = left & ~seen
                        for _ in range(run):
                            zeros &= zeros - one
                        target = zeros & (~zeros + one)
                        if target != np.uint64(0):
                            reach = left & (target | (target - one))
                        if size:
                            if size > 1 or target == np.uint64(0):
                                return unit - 1
                            fresh |= target
                            if target & wanted:
                                value = step if bits >> np.uint64(63) else -step
                                kept[_ones(target - one), row, column] = value
                            bits <<= one
                            have -= 1
                left &= ~reach
                # One correction bit for each coefficient on the way that was non-zero before.
                corrected = reach & seen
                while corrected & wanted:
                    if have < 32:
                        bits |= np.uint64(words[word]) << np.uint64(32 - have)
                        word += 1
                        have += 32
                    k = _ones((corrected & (~corrected + one)) - one)
                    if bits >> np.uint64(63):
                        kept[k, row, column] += step if kept[k, row, column] > 0 else -step
                    bits <<= one
                    have -= 1
                    corrected &= corrected - one
                dropped = _ones(corrected)
                while dropped > 0:
                    if have < 32:
                        bits |= np.uint64(words[word]) << np.uint64(32 - have)
                        word += 1
                        have += 32
                    now = min(dropped, 32)
                    bits <<= np.uint64(now)
                    have -= now
                    dropped -= now
            if blank > 0:
                blank -= 1
            nonzero[row, column] = seen | fresh
            if word * 32 - have > end:
                return unit - 1
    return unit
