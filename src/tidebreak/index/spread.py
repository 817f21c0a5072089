"""The fixed order of bits in which near hashes are kept: bands that are nearly even.

PDQ's 256 bits are 16 rows of 16, a row for each vertical frequency; neighbours in a row and in a
column resemble one another in real pictures, so that a row makes a band with crowded buckets.
Here row r is first rotated by r, then rows and columns change places: a band gets one bit of
every row and of every column. On hashes of photographs it halves what a look-up finds beyond an
even share, as a random order does (``docs/index.md``). Distances do not change.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.cold import kernels_pay


def spread(words: NDArray[np.uint64], *, in_place: bool = False) -> NDArray[np.uint64]:
    """Return hashes (N, 4) uint64 with their bits in the fixed order.

    ``in_place`` lets it write over ``words``.
    """
    if not kernels_pay(len(words)):
        return spread_plainly(words)
    from tidebreak.index.spread_kernels import spread_fast

    return spread_fast(words, words if in_place else np.empty_like(words))


def spread_plainly(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Do what `spread` does, slowly."""
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").reshape(-1, 16, 16)
    turned = np.stack([np.roll(bits[:, row], row, axis=1) for row in range(16)], axis=2)
    packed = np.packbits(turned.reshape(-1, 256), axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view(np.uint64)


def gathered(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return hashes (N, 4) uint64 as they were before `spread`; for few of them."""
    bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little").reshape(-1, 16, 16)
    rows = np.stack([np.roll(bits[:, :, row], -row, axis=1) for row in range(16)], axis=1)
    packed = np.packbits(rows.reshape(-1, 256), axis=1, bitorder="little")
    return np.ascontiguousarray(packed).view(np.uint64)
