"""Luma coefficients of the scans of a progressive JPEG.

Source: ITU-T T.81, annex G.2. To read the refinements of the few lowest coefficients one must
know which of all 64 are already non-zero, and nothing else about the others: one bit each, in a
64-bit word per block. Correction bits of unwanted coefficients are counted and dropped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak import kernels
from tidebreak.hashing.jpeg_huffman import Bytes, Words, long_code, refill
from tidebreak.hashing.jpeg_sequential import Layout, extended, restarted

Kept = NDArray[np.int16]
NonZero = NDArray[np.uint64]


@kernels.kernel
def _ones(word: np.uint64) -> np.int64:
    """Return the number of bits that are set (compilers know this form as a popcount)."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernels.kernel
def _below(k: int) -> np.uint64:
    """Return the word whose ``k`` (0-63) lowest bits are set."""
    return (np.uint64(1) << np.uint64(k)) - np.uint64(1)


@kernels.kernel
def decode_dc(
    data: Bytes,
    start: int,
    end: int,
    units: int,
    across: int,
    restart: int,
    layout: Layout,
    single: Words,
    counts: Bytes,
    symbols: Bytes,
    refining: bool,
    low: int,
    kept: Kept,
) -> tuple[int, int]:
    """Read a DC scan, first or refining; parameters and answer as `decode_sequential` has them."""
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
            h, v, dc = layout[component, 0], layout[component, 1], layout[component, 2]
            luma = layout[component, 4] != 0
            for block in range(h * v):
                row = unit // across * v + block // h
                column = unit % across * h + block % h
                if have < 32:
                    at, bits, have, fed = refill(data, at, end, bits, have, fed)
                if refining:
                    if luma:
                        kept[0, row, column] |= np.int64(bits >> np.uint64(63)) << low
                    bits <<= np.uint64(1)
                    have -= 1
                    continue
                entry = np.int64(single[dc, bits >> np.uint64(52)])
                if entry == 0:
                    entry = long_code(bits, counts[dc], symbols[dc])
                    if entry == 0 or entry >> 16:
                        return unit, start
                length, size = entry & 31, (entry >> 8) & 15
                bits <<= np.uint64(length)
                if size:
                    previous[component] += extended(bits, size)
                if luma:
                    kept[0, row, column] = previous[component] << low
                bits <<= np.uint64(size)
                have -= length + size
        if fed > have:
            return unit, start
    return units, at


@kernels.kernel
def decode_ac_first(
    data: Bytes,
    start: int,
    end: int,
    rows: int,
    columns: int,
    restart: int,
    first: int,
    last: int,
    low: int,
    single: Words,
    counts: Bytes,
    symbols: Bytes,
    kept: Kept,
    nonzero: NonZero,
) -> tuple[int, int]:
    """Read the first scan of the luma band ``first`` to ``last`` (1-63) over rows × columns blocks.

    ``single``, ``counts`` and ``symbols`` are those of one table. Returns the number of blocks
    that were read without a fault and the position behind them.
    """
    wanted = kept.shape[0] - 1
    at = start
    bits = np.uint64(0)
    have = 0
    fed = 0
    ended_blocks = 0
    for unit in range(rows * columns):
        if restart > 0 and unit > 0 and unit % restart == 0:
            at = restarted(data, at, end)
            if at < 0 or fed > have:
                return unit, start
            bits = np.uint64(0)
            have = 0
            fed = 0
            ended_blocks = 0
        if ended_blocks > 0:
            ended_blocks -= 1
            continue
        row, column = unit // columns, unit % columns
        seen = nonzero[row, column]
        k = first
        while k <= last:
            if have < 32:
                at, bits, have, fed = refill(data, at, end, bits, have, fed)
            entry = np.int64(single[bits >> np.uint64(52)])
            if entry == 0:
                entry = long_code(bits, counts, symbols)
                if entry == 0:
                    return unit, start
            length, size, run = entry & 31, (entry >> 8) & 15, entry >> 16
            bits <<= np.uint64(length)
            have -= length
            if size == 0:
                if run == 15:
                    k += 16
                    continue
                ended_blocks = (1 << run) - 1
                if run:
                    ended_blocks += np.int64(bits >> np.uint64(64 - run))
                    bits <<= np.uint64(run)
                    have -= run
                break
            k += run
            if k > last:
                return unit, start
            seen |= np.uint64(1) << np.uint64(k)
            if k <= wanted:
                kept[k, row, column] = extended(bits, size) << low
            bits <<= np.uint64(size)
            have -= size
            k += 1
        nonzero[row, column] = seen
        if fed > have:
            return unit, start
    return rows * columns, at


@kernels.kernel
def decode_ac_refining(
    data: Bytes,
    start: int,
    end: int,
    rows: int,
    columns: int,
    restart: int,
    first: int,
    last: int,
    low: int,
    single: Words,
    counts: Bytes,
    symbols: Bytes,
    kept: Kept,
    nonzero: NonZero,
) -> tuple[int, int]:
    """Read a refining scan of a luma band; parameters and answer as `decode_ac_first` has them."""
    wanted = kept.shape[0] - 1
    step = 1 << low
    at = start
    bits = np.uint64(0)
    have = 0
    fed = 0
    ended_blocks = 0
    band = ~_below(first) if last == 63 else _below(last + 1) & ~_below(first)
    for unit in range(rows * columns):
        if restart > 0 and unit > 0 and unit % restart == 0:
            at = restarted(data, at, end)
            if at < 0 or fed > have:
                return unit, start
            bits = np.uint64(0)
            have = 0
            fed = 0
            ended_blocks = 0
        row, column = unit // columns, unit % columns
        seen = nonzero[row, column]
        fresh = np.uint64(0)
        left = band
        while left != np.uint64(0):
            # A symbol: so many coefficients that stay zero, then one that becomes ±step.
            size = 0
            value = 0
            reach = left
            if ended_blocks == 0:
                if have < 32:
                    at, bits, have, fed = refill(data, at, end, bits, have, fed)
                entry = np.int64(single[bits >> np.uint64(52)])
                if entry == 0:
                    entry = long_code(bits, counts, symbols)
                    if entry == 0:
                        return unit, start
                length, run = entry & 31, entry >> 16
                size = (entry >> 8) & 15
                bits <<= np.uint64(length)
                have -= length
                if size > 1:
                    return unit, start
                if size == 0 and run != 15:
                    ended_blocks = 1 << run
                    if run:
                        ended_blocks += np.int64(bits >> np.uint64(64 - run))
                        bits <<= np.uint64(run)
                        have -= run
                else:
                    if size:
                        value = step if bits >> np.uint64(63) else -step
                        bits <<= np.uint64(1)
                        have -= 1
                    zeros = left & ~seen
                    for _ in range(run):
                        zeros &= zeros - np.uint64(1)
                    if zeros != np.uint64(0):
                        target = zeros & (~zeros + np.uint64(1))
                        reach = left & (target | (target - np.uint64(1)))
                        if size:
                            k = _ones(target - np.uint64(1))
                            fresh |= target
                            if k <= wanted:
                                kept[k, row, column] = value
                    elif size:
                        return unit, start
            # One correction bit for each coefficient on the way that was non-zero before.
            corrected = reach & seen
            for k in range(first, wanted + 1):
                if (corrected >> np.uint64(k)) & np.uint64(1):
                    if have < 32:
                        at, bits, have, fed = refill(data, at, end, bits, have, fed)
                    if bits >> np.uint64(63):
                        kept[k, row, column] += step if kept[k, row, column] > 0 else -step
                    bits <<= np.uint64(1)
                    have -= 1
                    corrected &= ~(np.uint64(1) << np.uint64(k))
            dropped = _ones(corrected)
            while dropped > 0:
                if have < 32:
                    at, bits, have, fed = refill(data, at, end, bits, have, fed)
                now = min(dropped, 32)
                bits <<= np.uint64(now)
                have -= now
                dropped -= now
            left &= ~reach
        if ended_blocks > 0:
            ended_blocks -= 1
        nonzero[row, column] = seen | fresh
        if fed > have:
            return unit, start
    return rows * columns, at
