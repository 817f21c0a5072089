"""Integers modulo 2^255 - 19 in ten limbs of 26 and 25 bits, eight of them side by side.

Written once over *words* (`tidebreak.hashing.words`): numpy arrays of uint64 make it the readable
reference, `Word` makes it code for vector lanes. Multiplication needs 32-bit factors and 64-bit
products only, which every vector unit has (Bernstein and Schwabe, "NEON crypto", 2012).

A limb is *tight* when it is below 2^26 (even places) or 2^25 (odd places), give or take 2^20.
Sums and differences of two tight numbers are *loose*, below 3.1 times that; products take loose
factors and are tight. Nothing here branches or reads memory by a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

W = Any
Number = Sequence[W]

LIMBS = 10
BITS = (26, 25) * 5
PRIME = (1 << 255) - 19
_SHIFTS = tuple(sum(BITS[:i]) for i in range(LIMBS))
_LOW32 = (1 << 32) - 1


def limbs_of(value: int) -> list[int]:
    """Return the limbs of ``value``, 0 to 2^255 - 1."""
    return [value >> shift & ((1 << bits) - 1) for shift, bits in zip(_SHIFTS, BITS, strict=True)]


_TWICE = tuple(2 * limb for limb in limbs_of(PRIME))
_FOUR_TIMES = tuple(4 * limb for limb in limbs_of(PRIME))


def add(f: Number, g: Number) -> list[W]:
    """Return f + g, loose, for tight f and g."""
    return [a + b for a, b in zip(f, g, strict=True)]


def subtract(f: Number, g: Number) -> list[W]:
    """Return f - g, loose, for tight f and g."""
    return [a + twice - b for a, b, twice in zip(f, g, _TWICE, strict=True)]


def subtract_loose(f: Number, g: Number) -> list[W]:
    """Return f - g, tight, for loose f and g."""
    return tighten([a + four - b for a, b, four in zip(f, g, _FOUR_TIMES, strict=True)])


def tighten(f: Number) -> list[W]:
    """Return f, tight, for limbs below 2^32."""
    carries = [limb >> bits for limb, bits in zip(f, BITS, strict=True)]
    kept = [limb & ((1 << bits) - 1) for limb, bits in zip(f, BITS, strict=True)]
    return [kept[0] + _times19(carries[9]), *(kept[i] + carries[i - 1] for i in range(1, LIMBS))]


def multiply(f: Number, g: Number) -> list[W]:
    """Return f * g, tight, for loose f and g."""
    g19 = [_low(_low(limb) * 19) for limb in g]
    g, single = [_low(limb) for limb in g], [_low(limb) for limb in f]
    double = [_low(limb << 1) for limb in f]
    sums: list[W] = [None] * LIMBS
    for total in range(LIMBS):
        for i in range(LIMBS):
            j = (total - i) % LIMBS
            left = double[i] if i % 2 and j % 2 else single[i]
            product = left * (g19[j] if i + j >= LIMBS else g[j])
            sums[total] = _plus(sums[total], product)
    return _carried(sums)


def square(f: Number) -> list[W]:
    """Return f * f, tight, for a loose f; products that come twice are made once."""
    f19 = [_low(_low(limb) * 19) for limb in f]
    single = [_low(limb) for limb in f]
    double = [_low(limb << 1) for limb in f]
    fourfold = [_low(limb << 2) for limb in f]
    sums: list[W] = [None] * LIMBS
    for i in range(LIMBS):
        for j in range(i, LIMBS):
            odd = i % 2 and j % 2
            left = (double if odd else single) if i == j else (fourfold if odd else double)
            product = left[i] * (f19[j] if i + j >= LIMBS else single[j])
            sums[(i + j) % LIMBS] = _plus(sums[(i + j) % LIMBS], product)
    return _carried(sums)


def freeze(f: Number) -> list[W]:
    """Return f between 0 and the prime, for a tight f."""
    carry = f[0] + 19 >> BITS[0]
    for limb, bits in zip(f[1:], BITS[1:], strict=True):
        carry = limb + carry >> bits
    limbs = [f[0] + _times19(carry), *f[1:]]
    for i in range(LIMBS):
        carry = limbs[i] >> BITS[i]
        limbs[i] = limbs[i] & ((1 << BITS[i]) - 1)
        if i + 1 < LIMBS:
            limbs[i + 1] = limbs[i + 1] + carry
    return limbs


def choose(mask: W, f: Number, g: Number) -> list[W]:
    """Return f in lanes where ``mask`` is all ones, g where it is zero."""
    return [b ^ (mask & (a ^ b)) for a, b in zip(f, g, strict=True)]


def odd(frozen: Number) -> W:
    """Return all ones where a frozen number is odd (negative, as RFC 9496 calls it), else zero."""
    return ~((frozen[0] & 1) - 1)


def zero(frozen: Number) -> W:
    """Return all ones where a frozen number is 0, else zero."""
    either = frozen[0]
    for limb in frozen[1:]:
        either = either | limb
    return ~((either - 1 >> 63) - 1)


def equal(word: W, small: int) -> W:
    """Return all ones where a word is ``small``, else zero."""
    return ~(((word ^ small) - 1 >> 63) - 1)


def _carried(sums: list[W]) -> list[W]:
    """Bring limbs of up to 63 bits down to tight ones, in two chains side by side."""
    for i in (0, 4, 1, 5, 2, 6, 3, 7, 4, 8, 9, 0):
        carry = sums[i] >> BITS[i]
        sums[i] = sums[i] & ((1 << BITS[i]) - 1)
        sums[(i + 1) % LIMBS] = sums[(i + 1) % LIMBS] + (_times19(carry) if i == 9 else carry)
    return sums


def _times19(word: W) -> W:
    return (word << 4) + (word << 1) + word


def _low(word: W) -> W:
    # What a vector unit's 32-bit multiplication takes; the compiler drops it where it is so.
    return word & _LOW32


def _plus(total: W | None, product: W) -> W:
    return product if total is None else total + product
