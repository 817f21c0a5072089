"""AICH, eMule's SHA-1 tree: 184,320-byte blocks within 9,728,000-byte parts.

A node over n items splits them after ⌈n/2⌉ when it is a left child, after ⌊n/2⌋ when it is a
right one; the root counts as left (amule-project/amule, src/SHAHashSet.cpp). Whether a part is a
left child is known only at the end of the file, so both of its roots are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.ed2k import PART
from tidebreak.hashing.sha import sha1, sha1_many

BLOCK = 184_320
"""Bytes of a block; the last one of a part is shorter."""

_BLOCKS_OF_PART = -(-PART // BLOCK)

Item = tuple[bytes, bytes]
"""The root of a subtree as a left child and as a right child."""


class AichTree:
    """The AICH root of a file that arrives in slabs of any size."""

    def __init__(self) -> None:
        self._parts: list[Item] = []
        self._blocks: list[Item] = []
        self._begun = b""

    def absorb(self, slab: Bytes) -> None:
        """Take in the next slab."""
        start = 0
        if self._begun:
            start = min(_length(len(self._blocks)) - len(self._begun), slab.size)
            self._begun += slab[:start].tobytes()
            if len(self._begun) < _length(len(self._blocks)):
                return
            self.add_blocks([sha1(self._begun).digest()])
        lengths = self._whole_blocks(slab.size - start)
        ends = start + np.cumsum(lengths, dtype=np.int64)
        if lengths:
            batch = Batch(slab, ends - lengths, np.array(lengths, np.int64))
            self.add_blocks([digest.tobytes() for digest in sha1_many(batch)])
            start = int(ends[-1])
        self._begun = slab[start:].tobytes()

    def finish(self) -> bytes:
        """Return the root, 20 bytes."""
        if self._begun or not (self._blocks or self._parts):
            self.add_blocks([sha1(self._begun).digest()])
        if self._blocks:
            self._end_part()
        return _root(self._parts, left=True)

    def _whole_blocks(self, size: int) -> list[int]:
        lengths: list[int] = []
        number = len(self._blocks)
        while size >= _length(number):
            lengths.append(_length(number))
            size -= _length(number)
            number = (number + 1) % _BLOCKS_OF_PART
        return lengths

    def add_blocks(self, digests: Sequence[bytes]) -> None:
        """Take in the SHA-1 of the next whole blocks, where others have computed them."""
        for digest in digests:
            self._blocks.append((digest, digest))
            if len(self._blocks) == _BLOCKS_OF_PART:
                self._end_part()

    def _end_part(self) -> None:
        self._parts.append((_root(self._blocks, left=True), _root(self._blocks, left=False)))
        self._blocks = []


def _length(number: int) -> int:
    """Return the size of block ``number`` of a full part."""
    return min(BLOCK, PART - number * BLOCK)


def _root(items: Sequence[Item], *, left: bool) -> bytes:
    if len(items) == 1:
        return items[0][0 if left else 1]
    half = (len(items) + left) // 2
    return sha1(_root(items[:half], left=True) + _root(items[half:], left=False)).digest()


def root_of_blocks(digests: Bytes) -> bytes:
    """Return the root, 20 bytes, of a file of one part from the SHA-1 of its blocks, (N, 20)."""
    return _root([(digest.tobytes(),) * 2 for digest in digests], left=True)
