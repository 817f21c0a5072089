"""How much of a known video is in a file, and how much of the file that is, from frames alone.

A look-up of single frames says which known videos may be in a file. Each of them is then compared
with it frame by frame (`tidebreak.matching.resemblance`), and stretches in which both run on in
step are found (`tidebreak.matching.alignment`). What decides is how much is found in step: frames
that differ from one another, over how long, what share of either video
(`tidebreak.matching.sequence_rules`). A title, a black picture, a still camera is a single frame
here, however long it is shown.

Published practice counts frames without their order (facebook/ThreatExchange, ``vpdq/README.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.matching.alignment import Segment, segments
from tidebreak.matching.resemblance import KnownFrames, pairs_of, tables_of
from tidebreak.matching.sequence_rules import Evidence, SequenceRules, level_of
from tidebreak.model import Level

_HOLD_MS = 1000
"""A frame stands for the time until the next, at most this long."""
_SHARED = 16
"""Entries above which a frame says less of each: it is a title or a logo that many videos have."""
_MOST_ENTRIES = 256
"""Known videos that one file is compared with, those with most resembling frames."""
_UNKNOWN_BITS = 256
_LEAST_STRETCH = 2
"""Frames below which a stretch beside better ones is left to chance."""


RULES = SequenceRules()
"""The rules as they come."""


@dataclass(frozen=True, slots=True)
class SequenceHits:
    """What a look-up of a file's frames found, arrays of one length.

    ``rows``: int64, rows of the file's frames. ``entries``: uint32, entries with a stored frame
    within the look-up's radius.
    """

    rows: NDArray[np.int64]
    entries: NDArray[np.uint32]

    @classmethod
    def none(cls) -> SequenceHits:
        """Return what a look-up that found nothing yields."""
        return cls(np.empty(0, np.int64), np.empty(0, np.uint32))


@dataclass(frozen=True, slots=True)
class SequenceMatch:
    """A known video found in a file, and what that means."""

    entry: int
    level: Level
    evidence: Evidence


def match_sequences(
    frames: NDArray[np.void],
    hits: SequenceHits,
    known: Callable[[int], KnownFrames],
    rules: SequenceRules = RULES,
) -> list[SequenceMatch]:
    """Return the known videos that run in step with ``frames`` somewhere, the strongest first.

    ``frames`` are records of `tidebreak.hashing.frames`, ordered by time; ``known`` gives all
    stored frames of an entry. Only so many entries are compared in full, those with most hits.
    """
    good = frames["quality"] >= rules.quality
    rows = np.cumsum(good)[hits.rows] - 1
    usable = good[hits.rows]
    shares, candidates = _candidates(int(good.sum()), rows[usable], hits.entries[usable])
    found = [
        match
        for entry, alike in candidates
        if (match := _match(entry, frames[good], alike, known(entry), shares, rules)) is not None
    ]
    return sorted(found, key=_strength)


def _strength(match: SequenceMatch) -> tuple[int, float, int]:
    return match.level.rank, -match.evidence.known_fraction, match.entry


def _candidates(
    count: int, rows: NDArray[np.int64], entries: NDArray[np.uint32]
) -> tuple[NDArray[np.float64], list[tuple[int, NDArray[np.int64]]]]:
    """Return what each of ``count`` frames says, 0-1, and the entries to compare, best first.

    A frame says less when it resembles many entries. With an entry come the frames that it has a
    frame like.
    """
    keys = np.unique(entries.astype(np.int64) << 32 | rows)
    rows = keys & 0xFFFFFFFF
    shares = np.minimum(1.0, _SHARED / np.maximum(1, np.bincount(rows, minlength=count)))
    numbers, starts = np.unique(keys >> 32, return_index=True)
    if not len(numbers):
        return shares, []
    best = np.argsort(-np.add.reduceat(shares[rows], starts), kind="stable")[:_MOST_ENTRIES]
    ends = np.append(starts[1:], len(rows))
    return shares, [(int(numbers[n]), rows[starts[n] : ends[n]]) for n in best.tolist()]


def _match(
    entry: int,
    frames: NDArray[np.void],
    alike: NDArray[np.int64],
    known: KnownFrames,
    shares: NDArray[np.float64],
    rules: SequenceRules,
) -> SequenceMatch | None:
    tables = tables_of(frames, known, alike, rules.widest)
    pairs = [pairs_of(table, rules.widest, shares) for table in tables]
    stretches = _stretches(list(segments(tables, pairs)))
    if not stretches:
        return None
    matched = np.concatenate([stretch.rows for stretch in stretches])
    file_ms = np.unique(frames["time"]).astype(np.int64)
    known_ms = np.unique(known.times).astype(np.int64)
    file_hold, known_hold = _holds(file_ms), _holds(known_ms)
    file_ranges = [_held(stretch.file_range, file_ms, file_hold) for stretch in stretches]
    known_ranges = [_held(stretch.known_range, known_ms, known_hold) for stretch in stretches]
    found = Evidence(
        _covered(known_ms, known_hold, known_ranges),
        _covered(file_ms, file_hold, file_ranges),
        tuple(
            (here[0] / 1000, here[1] / 1000, there[0] / 1000, there[1] / 1000)
            for here, there in sorted(zip(file_ranges, known_ranges, strict=True))
        ),
        _different(frames["hash"][np.unique(matched)], rules.radius, 2 * rules.frames),
        _usual([stretch.distances for stretch in stretches]),
        _usual([stretch.elsewhere for stretch in stretches]),
        int(np.bincount(frames["track"][matched]).argmax()),
        round(float(np.median(frames["quality"][matched]))),
    )
    return SequenceMatch(entry, level_of(found, rules), found)


def _stretches(found: list[Segment]) -> list[Segment]:
    """Return the stretches that count: those of more than one frame, or else the best."""
    long = [stretch for stretch in found if len(stretch.rows) >= _LEAST_STRETCH]
    return long or found[:1]


def _usual(parts: Sequence[NDArray[np.int64]]) -> int:
    """Return the median distance; 0 where no frame has one."""
    bits = np.concatenate(parts)
    known = bits[bits < _UNKNOWN_BITS]
    return round(float(np.median(known))) if len(known) else 0


def _holds(times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how long each frame stands: until the next, but no longer than is usual here."""
    steps = np.diff(times_ms)
    usual = int(np.median(steps)) if len(steps) else _HOLD_MS
    return np.minimum(np.append(steps, usual), max(usual, _HOLD_MS))


def _held(
    reach: tuple[int, int], times_ms: NDArray[np.int64], hold_ms: NDArray[np.int64]
) -> tuple[int, int]:
    """Return a range of times with the time for which its last frame stands."""
    last = int(np.searchsorted(times_ms, reach[1], side="right")) - 1
    return reach[0], reach[1] + (int(hold_ms[last]) if last >= 0 else 0)


def _covered(
    times_ms: NDArray[np.int64], hold_ms: NDArray[np.int64], ranges: Sequence[tuple[int, int]]
) -> float:
    """Return which share of the frames' time lies in any of ``ranges``, 0-1."""
    inside = np.zeros(len(times_ms), np.bool_)
    for start, end in ranges:
        inside |= (times_ms >= start) & (times_ms < end)
    return float(hold_ms[inside].sum() / max(1, hold_ms.sum()))


def _different(hashes: NDArray[np.uint8], radius: int, most: int) -> int:
    """Count hashes (n, 32) more than ``radius`` bits from those counted before, up to ``most``."""
    bits = np.unpackbits(hashes, axis=1)
    count = 0
    while len(bits) and count < most:
        count += 1
        bits = bits[np.count_nonzero(bits != bits[0], axis=1) > radius]
    return count
