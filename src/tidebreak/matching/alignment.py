"""Where two videos run side by side: lines known = speed x file + offset through pairs of frames.

Pairs of frames that resemble each other are points in a plane of two times. A copy makes a line of
them, a cut one makes several; frames that stand still make whole rectangles, and chance makes
single points. Lines are found one after the other: the speed and offset for which most stretches
of the file vote (`alignment_kernels.vote`), then fitted to the pairs beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidebreak.matching.resemblance import Pairs, Table

SLOWEST, FASTEST = 0.75, 1.34
"""Speeds looked for: how fast the known video runs in the file."""
_SPEED_STEP = 0.005
_WIDTH_MS = 50.0
_STEP_MS = 500
"""A stretch of the file that votes once, however many of its frames are hashed on a track."""
_NEAR_MS = 250.0
"""How far from a line the box of a pair may lie."""
_LEAST_SPREAD_MS = 500.0
"""Standard deviation of the times of the pairs from which on they tell a speed."""
_APART_MS = 1500.0
"""How far from a line a pair lies that speaks against it."""
_GAP_MS = 3000
"""The longest stretch without a pair that a range bridges, where frames are that close."""
_MOST_LINES = 32
_RESTRAINT = 0.1
"""Share of the votes that a change of speed by a factor of e costs: still frames fit all speeds."""


@dataclass(frozen=True, slots=True)
class Segment:
    """An unbroken stretch of the line ``speed`` x file + ``offset`` (ms), on one track.

    Ranges are in ms. ``rows``: int64, the file's frames that have a pair beside the line;
    ``distances``: int64, the nearest such pair's; ``elsewhere``: int64, the distance of the nearest
    frame far from the line, 256 where there is none. Where the known video stands still or repeats
    itself the two are about the same.
    """

    speed: float
    offset: float
    file_range: tuple[int, int]
    known_range: tuple[int, int]
    rows: NDArray[np.int64]
    distances: NDArray[np.int64]
    elsewhere: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Line:
    table: Table
    pairs: Pairs
    speed: float
    offset: float

    def beside(self) -> Pairs:
        """Return the pairs whose boxes the line passes through, or nearly so."""
        lowest = self.pairs.boxes[:, 2] - self.speed * self.pairs.boxes[:, 1]
        highest = self.pairs.boxes[:, 3] - self.speed * self.pairs.boxes[:, 0]
        near = (lowest - _NEAR_MS <= self.offset) & (self.offset <= highest + _NEAR_MS)
        return self.pairs.only(near)


def segments(tables: Sequence[Table], pairs: Sequence[Pairs]) -> Iterator[Segment]:
    """Yield where the videos run side by side, the best line first.

    ``pairs`` has one item per table. What a segment covers of the file is explained: it takes no
    part in later ones.
    """
    left = list(pairs)
    for _ in range(_MOST_LINES):
        line = _best_line(tables, left)
        if line is None:
            return
        found = list(_split(line))
        yield from found
        ranges = [segment.file_range for segment in found]
        left = [item.only(~_inside(item.boxes[:, 0], ranges)) for item in left]


def _inside(times_ms: NDArray[np.float64], ranges: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    inside = np.zeros(len(times_ms), np.bool_)
    for first, last in ranges:
        inside |= (times_ms >= first) & (times_ms <= last)
    return inside


def _best_line(tables: Sequence[Table], pairs: Sequence[Pairs]) -> _Line | None:
    """Return the line that most stretches of the file vote for, on whichever track."""
    most, best = 0.0, None
    for table, here in zip(tables, pairs, strict=True):
        if len(here):
            votes, speed, offset = _voted(here)
            if votes > most:
                most, best = votes, _Line(table, here, speed, offset)
    return None if best is None else _fitted(best)


def _voted(pairs: Pairs) -> tuple[float, float, float]:
    """Return the most votes, and the speed and offset (ms) of the line that has them."""
    from tidebreak.matching.alignment_kernels import vote

    reach = np.array([0, 0, -_WIDTH_MS, _WIDTH_MS])
    boxes = pairs.boxes + reach
    speeds = _speeds(float(boxes[-1, 1] - boxes[0, 0]))
    least = float((boxes[:, 2] - FASTEST * boxes[:, 1]).min())
    most = float((boxes[:, 3] - SLOWEST * boxes[:, 0]).max())
    votes = np.zeros((len(speeds), int((most - least) / _WIDTH_MS) + 1))
    steps = boxes[:, 0].astype(np.int64) // _STEP_MS
    vote(steps, boxes, pairs.weights, speeds, least, _WIDTH_MS, votes)
    votes *= (1 - _RESTRAINT * np.abs(np.log(speeds)))[:, np.newaxis]
    speed, cell = np.unravel_index(int(votes.argmax()), votes.shape)
    return float(votes[speed, cell]), float(speeds[speed]), least + (float(cell) + 0.5) * _WIDTH_MS


def _speeds(span_ms: float) -> NDArray[np.float64]:
    """Return the speeds to try; in a short stretch few can be told apart."""
    step = max(_SPEED_STEP, min(0.05, _WIDTH_MS / max(span_ms, 1)))
    slower = np.arange(1 - step, SLOWEST, -step)[::-1]
    return np.concatenate([[SLOWEST], slower, np.arange(1, FASTEST, step), [FASTEST]])


def _fitted(line: _Line) -> _Line:
    """Return the line moved to the middles of the boxes beside it, by weighted least squares.

    The smaller a box, the more exactly it says where the line is.
    """
    for _ in range(2):
        beside = line.beside()
        if not len(beside):
            break
        size = beside.boxes[:, 1] - beside.boxes[:, 0] + beside.boxes[:, 3] - beside.boxes[:, 2]
        share = beside.weights / size**2
        share /= share.sum()
        x, y = beside.boxes[:, :2].mean(axis=1), beside.boxes[:, 2:].mean(axis=1)
        middle_x, middle_y = float(share @ x), float(share @ y)
        spread = float(share @ (x - middle_x) ** 2)
        speed = line.speed
        if spread > _LEAST_SPREAD_MS**2:
            product = float(share @ ((x - middle_x) * (y - middle_y)))
            speed = min(max(product / spread, SLOWEST), FASTEST)
        line = replace(line, speed=speed, offset=middle_y - speed * middle_x)
    return line


def _split(line: _Line) -> Iterator[Segment]:
    """Yield the stretches of a line between gaps."""
    beside = line.beside()
    breaks = np.flatnonzero(np.diff(beside.boxes[:, 0]) > _longest_gap(line.table)) + 1
    for chosen in np.split(np.arange(len(beside)), breaks):
        if len(chosen):
            part = np.zeros(len(beside), np.bool_)
            part[chosen] = True
            yield _segment(line, beside.only(part))


def _longest_gap(table: Table) -> float:
    """Return how long a stretch may be without a pair; long videos are compared at fewer places."""
    steps = np.diff(table.file_ms[:, 0])
    return max(_GAP_MS, 3 * float(np.median(steps))) if len(steps) else _GAP_MS


def _segment(line: _Line, beside: Pairs) -> Segment:
    places, inverse = np.unique(beside.places, return_inverse=True)
    distances = np.full(len(places), 256, np.int64)
    np.minimum.at(distances, inverse, beside.bits)
    expected = line.speed * line.table.file_ms[places, 0] + line.offset
    known_ms = line.table.known_ms[:, 0]
    apart = min(_APART_MS, (known_ms[-1] - known_ms[0]) / 3)
    away = np.abs(known_ms - expected[:, np.newaxis]) > apart
    elsewhere = np.where(away, line.table.bits[places].astype(np.int64), 256).min(axis=1)
    first, last = int(beside.boxes[0, 0]), int(beside.boxes[-1, 0])
    least, most = float(beside.boxes[:, 2].min()), float(beside.boxes[:, 2].max())
    start, end = (
        round(min(max(line.speed * time + line.offset, least), most)) for time in (first, last)
    )
    return Segment(
        line.speed,
        line.offset,
        (first, last),
        (start, end),
        line.table.rows[places],
        distances,
        elsewhere,
    )
