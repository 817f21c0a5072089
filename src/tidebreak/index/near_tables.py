"""The tables in which near hashes are looked up: 16 bands, each a list of buckets.

For band b, ``offsets[b, v]`` says where the entries whose band b has the value v begin. In that
order stand ``nexts[b]``, the value of each entry's next band, which a vector comparison sifts
without touching anything else, and ``rows[b]``, the number of the entry's row with, in the bits
that a row number does not need, the low bits of its next band but one. An entry costs 32 bytes
for itself and 96 in the tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PADDING = 32
"""Values that a vector may read beyond the last entry of a band."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The look-up tables over ``n`` rows; see the module."""

    offsets: NDArray[np.uint32]
    """(16, 65537)"""
    nexts: NDArray[np.uint16]
    """(16, n + `PADDING`): a vector may be read from the last entry on."""
    rows: NDArray[np.uint32]
    """(16, n): row number in the low `row_bits`, above it the band after the next."""


def row_bits(count: int) -> int:
    """Return how many bits a row number takes: the rest, at most 16, is there for sifting."""
    return max(16, (count - 1).bit_length())
