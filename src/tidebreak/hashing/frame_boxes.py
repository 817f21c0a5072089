"""Boxes in a moving picture, found by what stays the same while the picture moves.

A stack holds the luma of some frames of one shot, reduced to a few hundred samples a side. Bars and
borders are flat and never change; a player on a screen moves while all around it stands still; the
parts of a split screen meet at straight seams that stay in place. One still picture shows none of
this as surely as several frames of a shot do.

Stacks are float32 of shape (frames, rows, columns); boxes are `Box` in samples of the stack.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.frames import Area
from tidebreak.model import Box

Flags = NDArray[np.bool_]

FLAT = 6.0
"""Grey levels within which a bar stays, along itself, across itself and over time."""

_WIDEST_BAR = 0.45
"""No bar is wider than this share of its side."""

_MOVES = 12.0
"""Grey levels by which a sample changes where something moves."""

_FILLED, _STILL = 0.6, 0.04
"""Least share of moving samples inside a moving box, most outside of it."""

_STEP = 3.0
"""Grey levels by which a seam's step exceeds twice those beside it."""

_LINE = 0.7
"""Share of its length along which a seam must show."""

MOST_PANES = 8
_LEAST_AREA = 1 / 20
_LEAST_SIDE = 1 / 8
"""Boxes below these shares of the frame, and of its sides, are not worth a hash."""


def boxes_of(stack: Floats) -> list[tuple[int, Box]]:
    """Return the areas of tracks, and the box of each, that ``stack`` shows beside the full one."""
    _, rows, columns = stack.shape
    whole = (0, 0, columns, rows)
    content = without_bars(stack, whole)
    moving = moving_box(stack)
    found = [(int(Area.CONTENT), content)]
    found += [(int(Area.MOVING), moving)] if moving else []
    panes = [without_bars(stack, pane) for pane in panes_of(stack, content)]
    found += [(Area.PANE + number, pane) for number, pane in enumerate(panes)]
    return _distinct(found, whole)


def without_bars(stack: Floats, box: Box) -> Box:
    """Return ``box`` without flat bars at its sides."""
    left, top, right, bottom = box
    # Bars at the sides are seen once those above and below are gone, and the other way round.
    for _ in range(2):
        inside = stack[:, top:bottom, left:right]
        above, below = _bars(inside)
        top, bottom = top + above, bottom - below
        before, behind = _bars(stack[:, top:bottom, left:right].swapaxes(1, 2))
        left, right = left + before, right - behind
    return left, top, right, bottom


def moving_box(stack: Floats) -> Box | None:
    """Return the box in which nearly everything moves, where all around it stands still."""
    if len(stack) < 3:
        return None
    moves = np.ptp(stack, axis=0) > _MOVES
    rows = _busiest(moves.mean(axis=1))
    columns = _busiest(moves[rows[0] : rows[1]].mean(axis=0))
    box = (columns[0], rows[0], columns[1], rows[1])
    inside = moves[rows[0] : rows[1], columns[0] : columns[1]]
    outside = moves.size - inside.size
    still = (int(moves.sum()) - int(inside.sum())) <= _STILL * outside
    return box if inside.size and inside.mean() >= _FILLED and outside and still else None


def panes_of(stack: Floats, box: Box) -> list[Box]:
    """Return the parts into which straight seams divide ``box``, larger ones first."""
    across = np.abs(np.diff(stack, axis=2)).mean(axis=0)
    down = np.abs(np.diff(stack, axis=1)).mean(axis=0)
    least = _LEAST_AREA * stack.shape[1] * stack.shape[2]
    found: list[Box] = []
    waiting = [box]
    while waiting and len(found) < 3 * MOST_PANES:
        part = waiting.pop(0)
        parts = [half for half in _halves(across, down, part) if _area(half) >= least]
        found += parts
        waiting += parts
    return sorted(found, key=_area, reverse=True)[:MOST_PANES]


def _bars(stack: Floats) -> tuple[int, int]:
    """Return how many flat rows ``stack`` has above and below what it shows."""
    rows = stack.shape[1]
    if rows < 8 or stack.shape[2] < 8:
        return 0, 0
    low, middle, high = np.percentile(stack, (5, 50, 95), axis=2)
    flat = (high - low).max(axis=0) <= FLAT
    return _bar(flat, middle), _bar(flat[::-1], middle[:, ::-1])


def _bar(flat: Flags, level: Floats) -> int:
    """Return how many rows from the first on are flat and of the first one's level."""
    same = np.abs(level - level[0, 0]).max(axis=0) <= FLAT
    other = np.flatnonzero(~(flat & same))
    length = int(other[0]) if len(other) else 0
    return length if length <= _WIDEST_BAR * len(flat) else 0


def _busiest(share: Floats) -> tuple[int, int]:
    """Return the bounds of the longest run in which ``share`` is above half of its peak."""
    busy = np.concatenate([[False], share > max(share.max() / 2, 1e-9), [False]])
    edges = np.flatnonzero(busy[1:] != busy[:-1]).reshape(-1, 2)
    if not len(edges):
        return 0, 0
    start, end = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return int(start), int(end)


def _halves(across: Floats, down: Floats, box: Box) -> list[Box]:
    """Return the two parts of ``box`` at its clearest seam, none when it has none."""
    left, top, right, bottom = box
    upright = _seam(across[top:bottom, left : right - 1])
    level = _seam(down[top : bottom - 1, left:right].T)
    if max(upright[0], level[0]) < _LINE:
        return []
    if upright >= level:
        cut = left + upright[1]
        return [(left, top, cut, bottom), (cut, top, right, bottom)]
    cut = top + level[1]
    return [(left, top, right, cut), (left, cut, right, bottom)]


def _seam(steps: Floats) -> tuple[float, int]:
    """Return how much of its length the clearest seam shows, and the sample behind it.

    ``steps`` (length, samples - 1): the size of the step from each sample to the next.
    """
    length, places = steps.shape
    margin = max(4, int(_LEAST_SIDE * places))
    if length < 8 or places <= 2 * margin:
        return 0.0, 0
    padded = np.pad(steps, ((0, 0), (4, 4)), mode="edge")
    beside = [padded[:, 4 + shift : 4 + shift + places] for shift in (-4, -3, 3, 4)]
    usual = np.maximum(sum(beside[:2]), sum(beside[2:])) / 2  # type: ignore[arg-type]
    shows = (steps > 2 * usual + _STEP).mean(axis=0)
    # A seam between two samples shows in the steps to both of its neighbours.
    shows[:margin] = shows[places - margin :] = 0
    best = int(np.argmax(shows))
    return float(shows[best]), best + 1


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _distinct(found: list[tuple[int, Box]], whole: Box) -> list[tuple[int, Box]]:
    """Return those that are large enough and not nearly the same as one before them."""
    taken, kept = [whole], list[tuple[int, Box]]()
    for area, box in found:
        wide = (box[2] - box[0]) >= _LEAST_SIDE * whole[2]
        tall = (box[3] - box[1]) >= _LEAST_SIDE * whole[3]
        if not (wide and tall and _area(box) >= _LEAST_AREA * _area(whole)):
            continue
        if any(_alike(box, other, whole) for other in taken):
            continue
        taken.append(box)
        kept.append((area, box))
    return kept


def _alike(box: Box, other: Box, whole: Box) -> bool:
    """Whether all sides lie within one part in a hundred of the frame's."""
    width, height = whole[2] / 100, whole[3] / 100
    return all(
        abs(a - b) <= most
        for a, b, most in zip(box, other, (width, height, width, height), strict=True)
    )
