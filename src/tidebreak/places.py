"""Which part of a known item a near hash describes, as one number: its *place*.

A list entry may have many near hashes: of a whole picture, of its crops, of the frames of a
video. The prefix of such a signal's value names the part; the index keeps it as a uint32 beside
each row, so that a match can say what it resembles.

======================  =====================================================================
place                   the stored hash is of
======================  =====================================================================
0                       the whole picture
1 to 499                a crop; compared with every view of a query
500 to 999              an aligned region; compared only with the query's region of that code
2**31 and above         the frame of a video; the rest is its time in units of 10 ms
======================  =====================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WHOLE = 0
FIRST_ALIGNED, LAST_REGION = 500, 999
VIDEO = 1 << 31
TICK_MS = 10
"""Milliseconds per unit of a video frame's time."""

HASH = 32
"""Bytes of the hash at the end of every near value."""


def places_of(values: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Return the places (n,) of near ``values``.

    (n, 32) uint8 for ``pdq``, (n, 34) for ``pdq-region``, (n, 36) for ``vpdq``.
    """
    prefix = np.ascontiguousarray(values[:, :-HASH])
    if prefix.shape[1] == 0:
        return np.zeros(len(values), np.uint32)
    if prefix.shape[1] == 2:
        return prefix.view(">u2")[:, 0].astype(np.uint32)
    ticks = prefix.view(">u4")[:, 0] // np.uint32(TICK_MS)
    return ticks.astype(np.uint32) | np.uint32(VIDEO)


def place_of(value: bytes) -> int:
    """Return the place of one near value."""
    return int(places_of(np.frombuffer(value, np.uint8)[np.newaxis])[0])


def is_region(code: int) -> bool:
    """Whether ``code`` may stand before the hash of a ``pdq-region``."""
    return WHOLE < code <= LAST_REGION


def seconds_of(place: int) -> float:
    """Return the time of a video frame's place."""
    return (place - VIDEO) * TICK_MS / 1000


def told(place: int) -> str:
    """Return which part of the known item a place names, in words."""
    if place == WHOLE:
        return "whole"
    if place >= VIDEO:
        return f"frame at {seconds_of(place):.2f} s"
    return f"region {place}" if place >= FIRST_ALIGNED else f"crop {place}"
