"""Which look-ups find every hash within a distance: the bound,.

**The bound.** Cut the 256 bits into 16 bands of 16 bits, in a ring. Let ``d[i]`` be the distance
in band i and give every band a threshold ``t[i] >= -1`` such that ``sum(t[i] + 1) = r + 1``. If
the whole distance is at most r, then ``y[i] = d[i] - t[i] - 1`` sums to at most -1. Walk round the
ring and start right after the place where the running sum of y is largest (the last such place):
from there every partial sum is negative, because none before the end of the lap exceeds that
largest one, and every one after it is lower by the whole sum, which is negative. So there is a
band i, the *start*, with all of::

    d[i]                   <= t[i]
    d[i] + d[i+1]          <= t[i] + t[i+1] + 1
    d[i] + d[i+1] + d[i+2] <= t[i] + t[i+1] + t[i+2] + 2        and so on round the ring

It is therefore enough to look, for every band, at the entries whose value differs from the
query's in at most ``t[i]`` bits, and among these to keep the ones whose next band fits the second
line and whose next but one fits the third. The start is unique as defined, so an entry that is
reported only from its start is reported once. At r = 31 every t is 1: 17 look-ups per band.

The first line alone is the general pigeonhole of multi-index hashing (Norouzi, Punjani, Fleet,
"Fast exact search in Hamming space with multi-index hashing", 2014); the partial sums are the
pigeonring of Qin and Xiao (2018), here with integer thresholds; the walk is the cycle lemma
(Dvoretzky and Motzkin, 1947).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

BITS = 256
BANDS = 16
BAND_BITS = 16
BUCKETS = 1 << BAND_BITS

WIDEST = 63
"""The largest radius with a plan: all thresholds 3, 697 look-ups per band. Beyond, scan."""


def thresholds(radius: int) -> list[int]:
    """Return the 16 thresholds for ``radius``: as equal as can be, the larger ones spread out."""
    total = radius + 1
    return [total * (i + 1) // BANDS - total * i // BANDS - 1 for i in range(BANDS)]


def flips(most: int) -> NDArray[np.uint16]:
    """Return all 16-bit values with at most ``most`` set bits, fewest bits first."""
    values = np.arange(BUCKETS, dtype=np.uint16)
    count = np.bitwise_count(values)
    return values[np.argsort(count, kind="stable")][: int((count <= most).sum())]


MASKS = flips(3)
"""(697,) uint16: the bits to flip in a band's value, for thresholds up to 3."""
FLIPS = np.bitwise_count(MASKS).astype(np.int64)
"""(697,) how many bits each mask flips."""
SIZES = np.array([0, 1, 17, 137, 697])
"""``SIZES[t + 1]``: how many masks a band with threshold t needs."""


@lru_cache(maxsize=WIDEST + 1)
def plan(radius: int) -> NDArray[np.int64]:
    """Return (3, 16) int64 for a ``radius`` from 0 to `WIDEST`: the right sides of the bound.

    Row k holds, for a start at each band, how many bits the k + 1 bands from it may differ in.
    """
    one = np.array(thresholds(radius))
    two = one + np.roll(one, -1) + 1
    return np.stack([one, two, two + np.roll(one, -2) + 1])


def lookups(radius: int) -> int:
    """Return how many buckets a query looks into."""
    return int(SIZES[plan(radius)[0] + 1].sum())
