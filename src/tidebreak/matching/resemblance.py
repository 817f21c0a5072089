"""How far each frame of a file is from each stored frame of one known video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_CELLS = 4_000_000
"""Frames x frames compared for one track; longer videos are compared at fewer, even, places."""
_CHUNK = 512
_HALVING_BITS = 6.0
"""Bits beyond a frame's nearest stored frame at which a pair says half as much."""
_BEYOND_BITS = 12
"""Bits beyond a frame's nearest stored frame up to which there is a pair."""
_STILL_BITS = 16
"""Neighbours within so many bits show a scene that stands still: the first holds until the next."""
_LONGEST_HOLD_MS = 1000
_HOLD_MS = 100
"""How long a frame of a moving scene stands for its neighbourhood."""


@dataclass(frozen=True, slots=True)
class KnownFrames:
    """The stored frames of a known video: times in ms, uint32 (n,), ascending, and hashes.

    ``hashes``: PDQ, uint8 (n, 32).
    """

    times: NDArray[np.uint32]
    hashes: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Table:
    """The distances between a file's frames on one track and a known video's frames.

    ``rows``: int64 (n,), the file's frames. ``file_ms`` (n, 2) and ``known_ms`` (m, 2), int64: from
    when to when a frame stands, by start. ``bits``: uint8 (n, m).
    """

    rows: NDArray[np.int64]
    file_ms: NDArray[np.int64]
    known_ms: NDArray[np.int64]
    bits: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a file's frame and a stored one that resemble each other, ordered by file time.

    Arrays of one length: ``places``, int64, rows of the table; ``boxes`` (n, 4), float64, start and
    end in the file, start and end in the known video, in ms; ``bits``, int64; ``weights``, float64,
    how much a pair says.
    """

    places: NDArray[np.int64]
    boxes: NDArray[np.float64]
    bits: NDArray[np.int64]
    weights: NDArray[np.float64]

    def only(self, chosen: NDArray[np.bool_]) -> Pairs:
        """Return the chosen pairs (bool (n,))."""
        return Pairs(
            self.places[chosen], self.boxes[chosen], self.bits[chosen], self.weights[chosen]
        )

    def __len__(self) -> int:
        return len(self.places)


def tables_of(frames: NDArray[np.void], known: KnownFrames) -> list[Table]:
    """Return a table per track of ``frames``, records of `tidebreak.hashing.frames` by time."""
    columns = _thinned(np.arange(len(known.times)), int(_MOST_CELLS**0.5))
    theirs = _words(known.hashes[columns])
    known_ms = _standing(known.times[columns], theirs)
    tables: list[Table] = []
    for track in np.unique(frames["track"]).tolist():
        rows = np.flatnonzero(frames["track"] == track)
        rows = _thinned(rows, _MOST_CELLS // max(1, len(columns)))
        ours = _words(frames["hash"][rows])
        file_ms = _standing(frames["time"][rows], ours)
        tables.append(Table(rows, file_ms, known_ms, _distances(ours, theirs)))
    return tables


def pairs_of(table: Table, radius: int, shares: NDArray[np.float64]) -> Pairs:
    """Return the pairs within ``radius`` bits; ``shares`` (frames,) is how much each frame says.

    A frame is paired with its nearest stored frame and those hardly further off. A pair says less
    the further apart it is: where all stored frames look alike, none stands out.
    """
    nearest = table.bits.min(axis=1, initial=255).astype(np.int64)
    places, columns = np.nonzero(
        table.bits <= np.minimum(nearest + _BEYOND_BITS, radius)[:, np.newaxis]
    )
    bits = table.bits[places, columns].astype(np.int64)
    weights = shares[table.rows[places]] * (1 - bits / (radius + 1)) ** 2
    weights *= 2.0 ** ((nearest[places] - bits) / _HALVING_BITS)
    boxes = np.concatenate([table.file_ms[places], table.known_ms[columns]], axis=1)
    return Pairs(places, boxes.astype(np.float64), bits, weights)


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _standing(times_ms: NDArray[np.uint32], words: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return (n, 2) int64: from when to when each frame stands."""
    start = times_ms.astype(np.int64)
    hold = np.full(len(start), _HOLD_MS, np.int64)
    for later in (1, 2):  # a second track may come between
        step = start[later:] - start[:-later]
        bits = np.bitwise_count(words[later:] ^ words[:-later]).sum(axis=1)
        still = (bits <= _STILL_BITS) & (step <= _LONGEST_HOLD_MS)
        hold[:-later][still] = np.maximum(hold[:-later], step)[still]
    return np.stack([start, start + hold], axis=1)


def _distances(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return the Hamming distances (n, m), at most 255, of words (n, 4) and (m, 4)."""
    found = [np.empty((0, len(theirs)), np.uint8)]
    for start in range(0, len(ours), _CHUNK):
        chunk = ours[start : start + _CHUNK, np.newaxis]
        words = (np.bitwise_count(chunk[..., i] ^ theirs[np.newaxis, :, i]) for i in range(4))
        total = sum(words, start=np.zeros((chunk.shape[0], len(theirs)), np.uint16))
        found.append(np.minimum(total, 255).astype(np.uint8))
    return np.concatenate(found)


def _thinned(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most ``most`` of ``rows``, evenly."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, max(1, most)).astype(np.int64)]
