"""BitTorrent v2 file roots (BEP 52), and version 1 pieces (BEP 3).

The ``pieces root`` is a SHA-256 tree over 16 KiB leaves, the last one hashed at its own length.
Leaves that are missing to a power of two are 32 zero bytes. An empty file has no root.
"""

from __future__ import annotations

import numpy as np

from tidebreak.hashing.batch import Batch, Bytes, readonly
from tidebreak.hashing.sha import sha1_many, sha256, sha256_many

LEAF = 16_384
"""Bytes of a leaf."""


def leaf_digests(data: Bytes) -> Bytes:
    """Return the SHA-256 of every leaf, (N, 32) uint8."""
    return sha256_many(Batch.rows(data, LEAF))


def _fold(digests: Bytes, levels: int, padding: bytes = bytes(32)) -> tuple[bytes, bytes]:
    """Fold (N, 32) digests over so many levels, adding ``padding`` on the right.

    Returns the root, and the root of a subtree of the same height that is all padding.
    """
    for _ in range(levels):
        if len(digests) % 2:
            digests = np.concatenate([digests, readonly(padding).reshape(1, 32)])
        pairs = readonly(digests.tobytes())
        digests = sha256_many(Batch.rows(pairs, 64))
        padding = sha256(padding * 2).digest()
    return digests[0].tobytes(), padding


def pieces_root(data: Bytes) -> bytes:
    """Return the root, 32 bytes, of ``data``, which is not empty."""
    return root_of_leaves(leaf_digests(data))


def root_of_leaves(digests: Bytes) -> bytes:
    """Return the root, 32 bytes, over (N, 32) leaf digests, N ≥ 1."""
    return _fold(digests, (len(digests) - 1).bit_length())[0]


class PieceTree:
    """The root of a file that arrives in slabs.

    Every slab but the last holds ``leaves`` leaves, a power of two: a whole subtree of which
    only the root is kept.
    """

    def __init__(self, leaves: int) -> None:
        self._levels = (leaves - 1).bit_length()
        self._roots: list[bytes] = []
        self._last = np.empty((0, 32), np.uint8)

    def absorb(self, slab: Bytes) -> None:
        """Take in the next slab."""
        self._push()
        self._last = leaf_digests(slab)

    def finish(self) -> bytes | None:
        """Return the root, 32 bytes, or None for an empty file."""
        if not self._roots:
            return root_of_leaves(self._last) if len(self._last) else None
        self._push()
        padding = _fold(np.zeros((1, 32), np.uint8), self._levels)[1]
        roots = readonly(b"".join(self._roots)).reshape(-1, 32)
        return _fold(roots, (len(roots) - 1).bit_length(), padding)[0]

    def _push(self) -> None:
        if len(self._last):
            self._roots.append(_fold(self._last, self._levels)[0])


def pieces(data: Bytes, length: int) -> Bytes:
    """Return the SHA-1 of every piece of ``length`` bytes (version 1), (N, 20) uint8."""
    return sha1_many(Batch.rows(data, length))
