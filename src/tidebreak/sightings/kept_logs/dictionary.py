"""`Dictionary`: digests to dense codes 1, 2, 3 …, in the order of their first appearance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Bytes, Ints
from tidebreak.sightings.kept_logs import dictionary_kernels as kernels

Codes = NDArray[np.uint32]
Keys = NDArray[np.uint64]

MOST = (1 << 32) - 2
"""Codes that a dictionary may hold: 0 means that nothing was given."""

_FEWEST = 1 << 12


class Dictionary:
    """Gives each 16-byte digest a code; needs about 32 bytes for each."""

    def __init__(self, known: Bytes | None = None) -> None:
        """Begin with the digests ``known`` (N, 16) uint8, all different, as codes 1 to N."""
        words = _words(known) if known is not None else np.empty((0, 2), np.uint64)
        self._count = self._began = len(words)
        self._keys = np.empty((max(_FEWEST, len(words)), 2), np.uint64)
        self._keys[: len(words)] = words
        self._slots = _table(self._keys[: len(words)], len(words))

    def __len__(self) -> int:
        return self._count

    @property
    def fresh(self) -> Bytes:
        """The digests that came since the beginning, (N, 16) uint8, in the order of their codes."""
        return self._keys[self._began : self._count].view(np.uint8).reshape(-1, 16)

    def codes(self, digests: Bytes) -> tuple[Codes, Ints]:
        """Return the codes (N,) uint32 of digests (N, 16) uint8, and the rows that were new."""
        self._make_room(len(digests))
        codes, fresh = kernels.assign(_words(digests), self._slots, self._keys, self._count)
        self._count += len(fresh)
        return codes, fresh

    def _make_room(self, more: int) -> None:
        wanted = self._count + more
        if wanted > MOST:
            raise UsageError("A store holds at most 4 thousand million names; begin another.")
        if wanted > len(self._keys):
            keys = np.empty((max(wanted, 2 * len(self._keys)), 2), np.uint64)
            keys[: self._count] = self._keys[: self._count]
            self._keys = keys
        if 2 * wanted > len(self._slots):
            self._slots = _table(self._keys[: self._count], wanted)


def _table(keys: Keys, wanted: int) -> Codes:
    """Return a table with room for ``wanted`` codes in which those of ``keys`` stand."""
    slots = np.zeros(1 << max(2 * wanted, _FEWEST).bit_length(), np.uint32)
    kernels.place(keys, slots)
    return slots


def _words(digests: Bytes) -> Keys:
    return np.ascontiguousarray(digests).view(np.uint64).reshape(-1, 2)
