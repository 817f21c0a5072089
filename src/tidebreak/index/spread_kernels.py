"""The kernels of `tidebreak.index.spread`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import kernel, warmable

_ONES = 0x0001000100010001
"""The lowest bit of each of the four rows in a word."""
_HALVES, _QUARTERS = np.uint64(_ONES * 0x00FF), np.uint64(_ONES * 0x0F0F)
_PAIRS, _SINGLE = np.uint64(0x0000000033333333), np.uint64(0x0000555500005555)
_ODD_ROWS, _UPPER_ROWS = np.uint64(0xFFFF0000FFFF0000), np.uint64(0xFFFFFFFF00000000)
_1, _2, _4, _8, _16, _32 = (np.uint64(number) for number in (1, 2, 4, 8, 16, 32))


@kernel
def _rotate(word: Any, by: Any) -> Any:
    high = np.uint64(_ONES) * ((np.uint64(0xFFFF) << by) & np.uint64(0xFFFF))
    return ((word << by) & high) | ((word >> (_16 - by)) & ~high)


@kernel
def _rotate_rows(word: Any) -> Any:
    """Rotate the four rows of a word by 0, 1, 2 and 3."""
    word = (word & ~_ODD_ROWS) | (_rotate(word, _1) & _ODD_ROWS)
    return (word & ~_UPPER_ROWS) | (_rotate(word, _2) & _UPPER_ROWS)


@kernel
def _transpose_small(word: Any) -> Any:
    """Transpose the blocks of 4 x 4 bits of the four rows in a word."""
    swap = ((word >> _2) ^ (word >> _32)) & _PAIRS
    word ^= (swap << _32) | (swap << _2)
    swap = ((word >> _1) ^ (word >> _16)) & _SINGLE
    return word ^ ((swap << _16) | (swap << _1))


@kernel
def _spread(words: Any, out: Any) -> None:
    for i in range(len(words)):
        a, b = _rotate_rows(words[i, 0]), _rotate(_rotate_rows(words[i, 1]), _4)
        c = _rotate(_rotate_rows(words[i, 2]), _8)
        d = _rotate(_rotate(_rotate_rows(words[i, 3]), _8), _4)
        # Transposing a 16 x 16 matrix of bits: halves, quarters, pairs, single ones.
        swap, other = ((a >> _8) ^ c) & _HALVES, ((b >> _8) ^ d) & _HALVES
        a, b, c, d = a ^ (swap << _8), b ^ (other << _8), c ^ swap, d ^ other
        swap, other = ((a >> _4) ^ b) & _QUARTERS, ((c >> _4) ^ d) & _QUARTERS
        a, b, c, d = a ^ (swap << _4), b ^ swap, c ^ (other << _4), d ^ other
        out[i, 0], out[i, 1] = _transpose_small(a), _transpose_small(b)
        out[i, 2], out[i, 3] = _transpose_small(c), _transpose_small(d)


def spread_fast(words: NDArray[np.uint64], out: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return ``out``, filled with hashes (N, 4) uint64 with their bits in the fixed order.

    ``out`` may be ``words`` itself.
    """
    _spread(words, out)
    return out


def warm() -> None:
    """Compile every kernel of this module."""
    words = np.zeros((1, 4), np.uint64)
    spread_fast(words, words)


warmable(__name__)
