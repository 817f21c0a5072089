"""Luma coefficients of a sequential (baseline or extended) Huffman scan.

Source: ITU-T T.81, annex F.2. Only the lowest luma coefficients are kept; every other symbol is
passed over, several at a time. All array indices follow from the shapes and from values that are
clamped or checked, whatever the bytes say.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak import kernels
from tidebreak.hashing.jpeg_huffman import Bytes, Words, long_code, refill

Layout = NDArray[np.int64]
"""One row per component of the scan: blocks across, blocks down, DC table, AC table, is luma."""


@kernels.kernel
def extended(bits: np.uint64, size: int) -> np.int64:
    """Return the signed value of the ``size`` (1-16) leading bits (T.81, F.2.2.1, EXTEND)."""
    value = np.int64(bits >> np.uint64(64 - size))
    if value < 1 << (size - 1):
        value -= (1 << size) - 1
    return value


@kernels.kernel
def restarted(data: Bytes, at: int, end: int) -> int:
    """Return the position behind the restart marker at ``at``, -1 when there is none."""
    while at < end and data[at] == 255 and data[at + 1] == 255:
        at += 1
    if at < end and data[at] == 255 and 0xD0 <= data[at + 1] <= 0xD7:
        return at + 2
    return -1


@kernels.kernel
def decode_sequential(
    data: Bytes,
    start: int,
    end: int,
    units: int,
    across: int,
    restart: int,
    layout: Layout,
    single: Words,
    skip: Words,
    counts: Bytes,
    symbols: Bytes,
    kept: NDArray[np.int16],
) -> tuple[int, int]:
    """Fill ``kept`` (coefficients in zigzag order, block rows, block columns), still quantised.

    ``units`` MCUs, ``across`` in a row. Returns how many of them were read without a fault and
    the position behind them.
    """
    wanted = kept.shape[0] - 1
    previous = np.zeros(4, np.int64)
    at = start
    bits = np.uint64(0)
    have = 0
    fed = 0
    for unit in range(units):
        if restart > 0 and unit > 0 and unit % restart == 0:
            at = restarted(data, at, end)
            if at < 0 or fed > have:
                return unit, start
            bits = np.uint64(0)
            have = 0
            fed = 0
            previous[:] = 0
        for component in range(layout.shape[0]):
            h, v = layout[component, 0], layout[component, 1]
            dc, ac = layout[component, 2], layout[component, 3]
            luma = layout[component, 4] != 0
            for block in range(h * v):
                row = unit // across * v + block // h
                column = unit % across * h + block % h
                if have < 32:
                    at, bits, have, fed = refill(data, at, end, bits, have, fed)
                entry = np.int64(single[dc, bits >> np.uint64(52)])
                if entry == 0:
                    entry = long_code(bits, counts[dc], symbols[dc])
                    if entry == 0 or entry >> 16:
                        return unit, start
                length, size = entry & 31, (entry >> 8) & 15
                bits <<= np.uint64(length)
                if luma:
                    if size:
                        previous[component] += extended(bits, size)
                    kept[0, row, column] = previous[component]
                bits <<= np.uint64(size)
                have -= length + size
                k = 0
                limit = wanted if luma else 0
                while k < 63:
                    if have < 32:
                        at, bits, have, fed = refill(data, at, end, bits, have, fed)
                    if k >= limit:
                        entry = np.int64(skip[ac, bits >> np.uint64(52)])
                        passed = (entry >> 8) & 255
                        ended = entry >> 16
                        # Over 63 the window has looked into the next block: go symbol by symbol.
                        if entry != 0 and (k + passed < 63 or (k + passed == 63 and ended == 0)):
                            bits <<= np.uint64(entry & 255)
                            have -= entry & 255
                            k += passed
                            if ended:
                                break
                            continue
                    entry = np.int64(single[ac, bits >> np.uint64(52)])
                    if entry == 0:
                        entry = long_code(bits, counts[ac], symbols[ac])
                        if entry == 0:
                            return unit, start
                    length, size, run = entry & 31, (entry >> 8) & 15, entry >> 16
                    bits <<= np.uint64(length)
                    have -= length
                    if size == 0:
                        if run != 15:
                            break
                        k += 16
                        continue
                    k += run + 1
                    if k <= limit:
                        kept[k, row, column] = extended(bits, size)
                    bits <<= np.uint64(size)
                    have -= size
                if k > 63:
                    return unit, start
        if fed > have:
            return unit, start
    return units, at
