"""BitTorrent v2 file roots (BEP 52).

The ``pieces root`` is a SHA-256 tree over 16 KiB leaves, the last one hashed at its own length.
Leaves that are missing to a power of two are 32 zero bytes. An empty file has no root.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.sha import sha256

LEAF = 16_384
"""Bytes of a leaf."""


def _fold(digests: Sequence[bytes], levels: int, padding: bytes = bytes(32)) -> tuple[bytes, bytes]:
    """Fold digests over so many levels, adding ``padding`` on the right where one is missing.

    Returns the root, and the root of a subtree of the same height that is all padding.
    """
    for _ in range(levels):
        full = [*digests, padding] if len(digests) % 2 else digests
        pairs = zip(full[::2], full[1::2], strict=True)
        digests = [sha256(left + right).digest() for left, right in pairs]
        padding = sha256(padding + padding).digest()
    return digests[0], padding


def root_of_leaves(digests: Bytes) -> bytes:
    """Return the root, 32 bytes, over the SHA-256 of every leaf, (N ≥ 1, 32) uint8."""
    return _fold(_rows(digests), (len(digests) - 1).bit_length())[0]


def _rows(digests: Bytes) -> list[bytes]:
    return [digest.tobytes() for digest in digests]


class PieceTree:
    """The root of a file whose leaf digests arrive slab by slab.

    Every slab but the last holds ``leaves`` leaves, a power of two: a whole subtree of which
    only the root is kept.
    """

    def __init__(self, leaves: int) -> None:
        self._levels = (leaves - 1).bit_length()
        self._roots: list[bytes] = []
        self._last = np.empty((0, 32), np.uint8)

    def add(self, digests: Bytes) -> None:
        """Take in the SHA-256 of every leaf of the next slab, (N, 32) uint8."""
        self._end_slab()
        self._last = digests

    def finish(self) -> bytes | None:
        """Return the root, 32 bytes, or None for an empty file."""
        if not self._roots:
            return root_of_leaves(self._last) if len(self._last) else None
        self._end_slab()
        padding = _fold([bytes(32)], self._levels)[1]
        return _fold(self._roots, (len(self._roots) - 1).bit_length(), padding)[0]

    def _end_slab(self) -> None:
        if len(self._last):
            self._roots.append(_fold(_rows(self._last), self._levels)[0])
