"""The kernel of `tidebreak.sightings.kept_logs.dictionary`: dense codes for 16-byte digests.

Digests are keyed, hence uniform: their first bits say where to begin to look in a table with
open addressing, and linear probing stays short while at most half of the table is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.intrinsics import address_of, prefetch
from tidebreak.kernels import kernel, warmable

_AT_ONCE = 64
"""Digests whose cache lines are under way together."""
_U4, _U16 = np.uint64(4), np.uint64(16)


def _codes(digests: Any, slots: Any, keys: Any, count: Any, codes: Any, fresh: Any) -> int:
    """Write the code of each digest, giving new ones after ``count``; return how many are new.

    ``slots`` holds codes, 0 where it is empty; ``keys`` has room for all that may come.
    """
    mask = np.uint64(len(slots) - 1)
    to_slots, to_keys = address_of(slots), address_of(keys)
    made = 0
    for start in range(0, len(digests), _AT_ONCE):
        end = min(start + _AT_ONCE, len(digests))
        for i in range(start, end):
            prefetch(to_slots + (digests[i, 0] & mask) * _U4)
        for i in range(start, end):
            code = slots[digests[i, 0] & mask]
            prefetch(to_keys + np.uint64(code) * _U16)
        for i in range(start, end):
            slot = digests[i, 0] & mask
            code = slots[slot]
            while code and (
                keys[code - 1, 0] != digests[i, 0] or keys[code - 1, 1] != digests[i, 1]
            ):
                slot = (slot + np.uint64(1)) & mask
                code = slots[slot]
            if not code:
                fresh[made] = i
                keys[count + made, 0], keys[count + made, 1] = digests[i, 0], digests[i, 1]
                made += 1
                code = np.uint32(count + made)
                slots[slot] = code
            codes[i] = code
    return made


def _place(keys: Any, slots: Any) -> None:
    """Put the codes of all ``keys``, which differ, into empty ``slots``."""
    mask = np.uint64(len(slots) - 1)
    to_slots = address_of(slots)
    for start in range(0, len(keys), _AT_ONCE):
        end = min(start + _AT_ONCE, len(keys))
        for i in range(start, end):
            prefetch(to_slots + (keys[i, 0] & mask) * _U4)
        for i in range(start, end):
            slot = keys[i, 0] & mask
            while slots[slot]:
                slot = (slot + np.uint64(1)) & mask
            slots[slot] = np.uint32(i + 1)


_codes_compiled: Callable[..., int] = kernel(_codes)
_place_compiled: Callable[..., None] = kernel(_place)

Keys = NDArray[np.uint64]
Codes = NDArray[np.uint32]


def assign(digests: Keys, slots: Codes, keys: Keys, count: int) -> tuple[Codes, NDArray[np.int64]]:
    """Return the code of each digest (N, 2) uint64, and the rows that brought a new one.

    ``keys`` (room, 2) uint64 holds the digests of the ``count`` codes so far and takes the new
    ones; ``slots`` (a power of two,) uint32 is the table, which they are entered into.
    """
    codes, fresh = np.empty(len(digests), np.uint32), np.empty(len(digests), np.int64)
    made = _codes_compiled(digests, slots, keys, count, codes, fresh)
    return codes, fresh[:made].copy()


def place(keys: Keys, slots: Codes) -> None:
    """Enter the codes 1, 2, … of ``keys`` (N, 2) uint64 into the empty table ``slots``."""
    _place_compiled(keys, slots)


def warm() -> None:
    """Compile every kernel of this module."""
    keys, slots = np.zeros((2, 2), np.uint64), np.zeros(4, np.uint32)
    assign(np.zeros((1, 2), np.uint64), slots, keys, 0)
    place(keys, np.zeros(4, np.uint32))


warmable(__name__)
