"""How far each frame of a file is from each stored frame of one known video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import AREAS

_MOST_CELLS = 16_000_000
"""Frames x frames compared for one track; beyond, fewer frames of the file are."""
_MOST_PAIRS = 1_000_000
"""Pairs of one track: where all frames look alike, fewer of the file's are enough."""
_CHUNK_CELLS = 1_000_000
_AROUND_MS = 3000
"""How far around a frame that was found the others are compared where not all can be."""
_HALVING_BITS = 6.0
"""Bits beyond a frame's nearest stored frame at which a pair says half as much."""
_BEYOND_BITS = 12
"""Bits beyond a frame's nearest stored frame up to which there is a pair."""
_STILL_BITS = 16
"""Neighbours within so many bits show a scene that stands still: the first holds until the next."""
_LONGEST_HOLD_MS = 1000
_HOLD_MS = 60
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

    def every(self, step: int) -> Table:
        """Return the table of every ``step``-th of the file's frames."""
        return Table(self.rows[::step], self.file_ms[::step], self.known_ms, self.bits[::step])


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


def tables_of(
    frames: NDArray[np.void], known: KnownFrames, found: NDArray[np.int64], radius: int
) -> list[Table]:
    """Return a table per track of ``frames``, records of `tidebreak.hashing.frames` by time.

    ``found`` are the rows of frames that a look-up found in the known video; tracks of other turns
    than theirs are left out. ``radius`` is that of the pairs to come.
    """
    theirs = _words(known.hashes)
    known_ms = _standing(known.times, theirs)
    tables: list[Table] = []
    turns = np.unique(frames["track"][found] // AREAS)
    for track in np.unique(frames["track"]).tolist():
        if track // AREAS not in turns:
            continue
        rows = np.flatnonzero(frames["track"] == track)
        rows = _affordable(rows, frames["time"], found, _MOST_CELLS // max(1, len(theirs)))
        ours = _words(frames["hash"][rows])
        file_ms = _standing(frames["time"][rows], ours)
        table = Table(rows, file_ms, known_ms, _distances(ours, theirs))
        step = -(-int(_paired(table, radius).sum()) // _MOST_PAIRS)
        tables.append(table if step <= 1 else table.every(step))
    return tables


def _paired(table: Table, radius: int) -> NDArray[np.bool_]:
    """Return which cells (n, m) are pairs: a frame's nearest, and those hardly further off."""
    nearest = table.bits.min(axis=1, initial=255).astype(np.int64)
    return table.bits <= np.minimum(nearest + _BEYOND_BITS, radius)[:, np.newaxis]


def pairs_of(table: Table, radius: int, shares: NDArray[np.float64]) -> Pairs:
    """Return the pairs within ``radius`` bits; ``shares`` (frames,) is how much each frame says.

    A frame is paired with its nearest stored frame and those hardly further off. A pair says less
    the further apart it is: where all stored frames look alike, none stands out.
    """
    nearest = table.bits.min(axis=1, initial=255).astype(np.int64)
    places, columns = np.nonzero(_paired(table, radius))
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
    bits = np.empty((len(ours), len(theirs)), np.uint8)
    step = max(1, _CHUNK_CELLS // max(1, len(theirs)))
    for start in range(0, len(ours), step):
        chunk = ours[start : start + step, np.newaxis]
        words = (np.bitwise_count(chunk[..., i] ^ theirs[np.newaxis, :, i]) for i in range(4))
        total = sum(words, start=np.zeros((len(chunk), len(theirs)), np.uint16))
        bits[start : start + step] = np.minimum(total, 255)
    return bits


def _affordable(
    rows: NDArray[np.int64], times: NDArray[np.uint32], found: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """Return at most ``most`` of ``rows``: those around what was found, else fewer, evenly."""
    if len(rows) > most:
        moments, here = np.unique(times[found].astype(np.int64)), times[rows].astype(np.int64)
        after = np.minimum(np.searchsorted(moments, here), len(moments) - 1)
        before = np.maximum(after - 1, 0)
        away = np.minimum(np.abs(moments[after] - here), np.abs(moments[before] - here))
        rows = rows[away <= _AROUND_MS]
    if len(rows) > most:
        rows = rows[np.linspace(0, len(rows) - 1, max(1, most)).astype(np.int64)]
    return rows
