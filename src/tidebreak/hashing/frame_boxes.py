"""Boxes in a moving picture, found by what stays the same while the picture moves.

A stack holds the luma of some frames of one shot, reduced to a few hundred samples a side. Bars and
borders are flat and never change; a player on a screen moves while all around it stands still; the
parts of a split screen meet at straight seams that stay in place. One still picture shows none of
this as surely as several frames of a shot do.

Stacks are float32 of shape (frames, rows, columns); boxes are `Box` in samples of the stack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.frames import Area
from tidebreak.model import Box

FLAT = 6.0
"""Grey levels within which a bar stays, along itself, across itself and over time."""

_FEWEST = 64
"""Samples that tell a row; and no bars are looked for in a picture of fewer rows or columns."""

_WIDEST_BAR = 0.45
"""No bar is wider than this share of its side."""

_MOVES = 12.0
"""Grey levels by which a sample changes where something moves."""

_FILLED, _STILL = 0.6, 0.04
"""Least share of moving samples inside a moving box, most outside of it."""

_STILL_STRIP, _GROUND = 0.8, 0.5
"""Least share of a caption's strip that stands still, and that is of one grey."""

_STEP = 3.0
"""Grey levels by which a seam's step exceeds twice those beside it."""

_LINE = 0.5
"""Share of its length along which a seam must show."""

_AS_CLEAR = 0.15
"""By how much one seam may show less than another and still come first."""

_MARGIN = 1 / 24
"""No seam is looked for so close to an edge."""

MOST_PANES = 14
_BAND = 0.03, 0.3
"""Least and greatest share of the picture's height that a caption covers."""

_LEAST_AREA = 1 / 20
_LEAST_SIDE = 1 / 8
"""Boxes below these shares of the frame, and of its sides, are not worth a hash."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """What a stack shows beside the full picture.

    ``found`` names areas of tracks, and the box of each. ``content`` is the box inside bars, all
    of the picture where there are none, and ``band`` the rows of it that a caption covers.
    """

    found: tuple[tuple[int, Box], ...]
    content: Box
    band: tuple[int, int] | None


def boxes_of(stack: Floats) -> Boxes:
    """Return what ``stack`` shows beside the full picture."""
    _, rows, columns = stack.shape
    whole = (0, 0, columns, rows)
    content = without_bars(stack, whole)
    moving = moving_box(stack)
    parts = panes_of(stack, content)
    found = [(int(Area.CONTENT), content)]
    found += [(int(Area.MOVING), moving)] if moving else []
    panes = [without_bars(stack, part) for part in parts]
    found += [(Area.PANE + number, pane) for number, pane in enumerate(panes)]
    band = _caption(stack, content, parts)
    if band:
        content, band = _with_flat_part(content, band, rows)
    return Boxes(_distinct(found, whole), content, band)


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
    if not moves.any():
        return None
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
    found: list[Box] = []
    waiting = [box]
    while waiting and len(found) < 2 * MOST_PANES:
        part = waiting.pop(0)
        parts = [half for half in _halves(across, down, part) if half not in found]
        found += parts
        waiting += parts
    return sorted(found, key=_area, reverse=True)[:MOST_PANES]


def _caption(stack: Floats, content: Box, panes: list[Box]) -> tuple[int, int] | None:
    """Return the rows of the strip across ``content`` that looks most like a caption's ground."""
    left, top, right, bottom = content
    least, most = (share * (bottom - top) for share in _BAND)
    best, found = _GROUND, None
    for pane in panes:
        wide = (pane[0], pane[2]) == (left, right)
        if not (wide and least <= pane[3] - pane[1] <= most):
            continue
        strip = stack[:, pane[1] : pane[3], left:right]
        still = (np.ptp(strip, axis=0) <= _MOVES).mean() >= _STILL_STRIP
        ground = (np.abs(strip - np.median(strip)) <= _MOVES).mean()
        if still and ground >= best:
            # What is smaller is part of what is found already: it must be the better part.
            best, found = ground, (pane[1], pane[3])
            least = max(least, (pane[3] - pane[1]) / 2)
    return found


def _with_flat_part(content: Box, band: tuple[int, int], rows: int) -> tuple[Box, tuple[int, int]]:
    """Return both with the edge of a caption's ground that was taken for a bar, being as flat."""
    left, top, right, bottom = content
    if band[0] == top:
        return (left, 0, right, bottom), (0, band[1])
    if band[1] == bottom:
        return (left, top, right, rows), (band[0], rows)
    return content, band


def _bars(stack: Floats) -> tuple[int, int]:
    """Return how many flat rows ``stack`` has above and below what it shows."""
    if min(stack.shape[1:]) < _FEWEST:
        return 0, 0
    return _bar(stack), _bar(stack[:, ::-1])


def _bar(stack: Floats) -> int:
    """Return how many rows from the first on are flat and of the first one's level."""
    _, rows, columns = stack.shape
    longest = int(_WIDEST_BAR * rows)
    for most in (1, longest):  # most pictures have none, which the first row shows
        some = stack[:, : most + 1, :: max(1, columns // _FEWEST)]
        low, level, high = np.percentile(some, (5, 50, 95), axis=2)
        spread = (high - low).max(axis=0) + np.abs(level - level[0, 0]).max(axis=0)
        other = np.flatnonzero(spread > FLAT)
        length = int(other[0]) if len(other) else most + 1
        if not length:
            return 0
    return length if length <= longest else 0


def _busiest(share: Floats) -> tuple[int, int]:
    """Return the bounds of the longest run in which ``share`` is above half of its peak."""
    busy = share > max(share.max() / 2, 1e-9)
    edges = np.flatnonzero(np.diff(busy, prepend=False, append=False)).reshape(-1, 2)
    if not len(edges):
        return 0, 0
    start, end = edges[np.argmax(edges[:, 1] - edges[:, 0])]
    return int(start), int(end)


def _halves(across: Floats, down: Floats, box: Box) -> list[Box]:
    """Return the two parts of ``box`` at its clearest seam, none when it has none.

    Where an upright and a level seam are about as clear, either may cross the other's panes:
    the parts at both are returned.
    """
    left, top, right, bottom = box
    upright, x = _seam(across[top:bottom, left : right - 1])
    level, y = _seam(down[top : bottom - 1, left:right].T)
    least = max(_LINE, max(upright, level) - _AS_CLEAR)
    parts: list[Box] = []
    if upright >= least:
        parts += [(left, top, left + x, bottom), (left + x, top, right, bottom)]
    if level >= least:
        parts += [(left, top, right, top + y), (left, top + y, right, bottom)]
    return parts


def _seam(steps: Floats) -> tuple[float, int]:
    """Return how much of its length the clearest seam shows, and the sample behind it.

    ``steps`` (length, samples - 1): the size of the step from each sample to the next.
    """
    length, places = steps.shape
    margin = max(4, int(_MARGIN * places))
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


def _distinct(found: list[tuple[int, Box]], whole: Box) -> tuple[tuple[int, Box], ...]:
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
    return tuple(kept)


def _alike(box: Box, other: Box, whole: Box) -> bool:
    """Whether all sides lie within one part in a hundred of the frame's."""
    width, height = whole[2] / 100, whole[3] / 100
    return all(
        abs(a - b) <= most
        for a, b, most in zip(box, other, (width, height, width, height), strict=True)
    )
