"""Luma coefficients of a sequential (baseline or extended) Huffman scan.

Source: ITU-T T.81, annex F.2. Only the lowest luma coefficients are kept; every other symbol is
passed over, several at a time. All array indices follow from the shapes, or from values that are
masked or checked, whatever the bytes say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Words
from tidebreak.hashing.jpeg_huffman import Entries, Segments, extended, long_code
from tidebreak.kernels import kernel

Kept = NDArray[np.int16]
Layout = NDArray[np.int64]
"""One row per component of the scan: blocks across, blocks down, DC table, AC table, is luma."""


@kernel
def decode_sequential(
    words: Words,
    segments: Segments,
    restart: int,
    down: int,
    across: int,
    layout: Layout,
    single: Entries,
    skip: Entries,
    counts: Bytes,
    symbols: Bytes,
    kept: Kept,
) -> int:
    """Fill ``kept`` (coefficients in zigzag order, block rows, block columns), still quantised.

    There are ``down`` rows of ``across`` MCUs. Returns how many were read without a fault.
    """
    wanted = kept.shape[0] - 1
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
                h, v = layout[component, 0], layout[component, 1]
                dc, ac = layout[component, 2], layout[component, 3]
                luma = layout[component, 4] != 0
                limit = wanted if luma else 0
                for row in range(y * v, y * v + v):
                    for column in range(x * h, x * h + h):
                        if have < 32:
                            bits |= np.uint64(words[word]) << np.uint64(32 - have)
                            word += 1
                            have += 32
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
                            kept[0, row, column] = previous[component]
                        bits <<= np.uint64(size)
                        have -= length + size
                        k = 0
                        while k < limit:
                            if have < 32:
                                bits |= np.uint64(words[word]) << np.uint64(32 - have)
                                word += 1
                                have += 32
                            entry = np.int64(single[ac, bits >> np.uint64(52)])
                            if entry == 0:
                                entry = long_code(bits, counts[ac], symbols[ac])
                                if entry == 0:
                                    return unit
                            length, size, run = entry & 31, (entry >> 5) & 15, entry >> 9
                            bits <<= np.uint64(length)
                            k += run + 1
                            if size:
                                if k <= limit:
                                    kept[k, row, column] = extended(bits, size)
                            elif run != 15:
                                k = 64  # end of block
                            bits <<= np.uint64(size)
                            have -= length + size
                        while k < 63:
                            if have < 32:
                                bits |= np.uint64(words[word]) << np.uint64(32 - have)
                                word += 1
                                have += 32
                            entry = np.int64(skip[ac, bits >> np.uint64(52)])
                            passed = k + ((entry >> 5) & 63)
                            if entry != 0 and passed <= 63 - (entry >> 11):
                                bits <<= np.uint64(entry & 31)
                                have -= entry & 31
                                k = 64 if entry >> 11 else passed
                                continue
                            # The 12 bits reach into the next block, or begin with a long code.
                            entry = np.int64(single[ac, bits >> np.uint64(52)])
                            if entry == 0:
                                entry = long_code(bits, counts[ac], symbols[ac])
                                if entry == 0:
                                    return unit
                            length, size, run = entry & 31, (entry >> 5) & 15, entry >> 9
                            k = k + run + 1 if size or run == 15 else 64
                            bits <<= np.uint64(length + size)
                            have -= length + size
            if word * 32 - have > end:
                return unit
            unit += 1
    return unit
