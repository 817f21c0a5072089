"""Undoing a small rotation, where the even corners that it opened tell its angle.

Turning a picture by a few degrees leaves four triangles of one colour. The long side of each is
a side of the picture: together they give its angle, its size and its place, whether the canvas
grew or cut the corners off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.views.kernels import sample_turned
from tidebreak.hashing.views.luma import ReducedLuma

_EVEN = 12
"""Levels of grey by which a corner may vary."""

_RIM, _SMALLEST = 2, 32
"""Blocks along the edges that are not looked at, and along the sides that there must be."""

_LONG, _SHORT = 0.08, 1.5
"""Least sides of a triangle: the long one as a share of the picture's, the short one in blocks."""

_LOOSE, _FIT = 1.0, 0.7
"""This share of a triangle's long side must lie within so many blocks of a straight line."""

_ALIKE = math.radians(1)
"""Sides whose angles differ by less belong to one picture."""

_LEAST = math.tan(math.radians(0.5))
"""A picture that stands straighter than this needs no levelling."""

_KEPT = 0.02
"""A picture whose height is that of its canvas, up to this share, was turned on a canvas that
kept its size."""

_SAMPLES = 576
"""Samples along the longer side of the levelled picture: half as many cost 3 bits."""


@dataclass(frozen=True, slots=True)
class Levelled:
    """A picture turned upright, and by how many degrees, counter-clockwise, it had been turned."""

    luma: ReducedLuma
    degrees: float


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a turned picture: its angle, and its distance from the middle, in blocks."""

    angle: float
    side: int
    distance: float
    length: int


def levelled(luma: ReducedLuma) -> Levelled | None:
    """Return the picture that stands tilted on an even ground, None where none is seen."""
    sides = [side for corner in range(4) for side in _sides(luma.blocks, corner)]
    groups = ([b for b in sides if abs(b.angle - a.angle) < _ALIKE] for a in sides)
    best = max(groups, key=_weight, default=[])
    if not best:
        return None
    angle = sum(side.angle * side.length for side in best) / _weight(best)
    return _turned(luma, angle, {side.side: side.distance for side in best})


def _weight(sides: list[_Side]) -> int:
    return sum(side.length for side in sides)


def _sides(blocks: Floats, corner: int) -> list[_Side]:
    """Return the side that a triangle in ``corner`` shows, if there is one.

    Corners and sides are counted clockwise from the upper left and from the top. A picture
    turned counter-clockwise shows its top in the upper left corner, its right in the next, …
    """
    # Canvases grow by a line or two more than they need; those say nothing.
    inner = blocks[_RIM:-_RIM, _RIM:-_RIM]
    if min(inner.shape) < _SMALLEST:
        return []
    # The corner comes to the upper left; turning does not change the sense of an angle.
    upright = np.rot90(inner, corner)
    level = np.median(upright[:3, :3])
    if not np.all(np.abs(upright[0, :4] - level) <= _EVEN):
        return []
    even = np.abs(upright - level) <= _EVEN
    below = _runs(even.T)
    beside = _runs(even)
    if below[0] == beside[0]:
        return []
    flat = beside[0] > below[0]
    depths = (below if flat else beside)[: max(beside[0], below[0])]
    found = _line(depths)
    along = upright.shape[1 if flat else 0]
    if found is None or len(depths) < _LONG * along:
        return []
    slope, depth = found
    angle = math.atan(slope)
    half_along, half_across = along / 2, upright.shape[0 if flat else 1] / 2
    # The line's distance from the middle of the picture.
    distance = math.cos(angle) * (half_across - (depth - slope * half_along))
    side = corner if flat else corner - 1
    return [_Side(angle if flat else -angle, side % 4, distance, len(depths))]


def _runs(even: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many samples of each row are even from its start on."""
    return np.where(even.all(axis=1), even.shape[1], even.argmin(axis=1))


def _line(depths: NDArray[np.int64]) -> tuple[float, float] | None:
    """Return slope (downwards) and first depth of the straight line through ``depths``."""
    half = len(depths) // 2
    if half < 4:
        return None
    places = np.arange(len(depths)) + 0.5
    # The median of slopes is not moved by what looks like the ground; least squares then refine.
    slope = float(np.median(depths[half : 2 * half] - depths[:half])) / half
    depth = float(np.median(depths - slope * places))
    near = np.abs(depths - slope * places - depth) <= _LOOSE
    if float(near.mean()) < _FIT or near.sum() < half:
        return None
    fitted = np.polyfit(places[near], depths[near] + 0.25, 1)
    slope, depth = -float(fitted[0]), float(fitted[1])
    return (slope, depth) if slope > _LEAST and depth >= _SHORT else None


def _turned(luma: ReducedLuma, angle: float, distances: dict[int, float]) -> Levelled | None:
    rows, columns = luma.blocks.shape
    lean = abs(math.tan(angle)), math.cos(angle)
    top, bottom = _pair(distances, 0, rows / 2, columns / 2, lean)
    right, left = _pair(distances, 1, columns / 2, rows / 2, lean)
    if min(top + bottom, right + left) < _SMALLEST:
        return None
    return turned_back(luma, angle, (left, top, right, bottom), _SAMPLES)


def turned_back(
    luma: ReducedLuma, angle: float, reach: tuple[float, float, float, float], samples: int
) -> Levelled:
    """Return the picture that was turned by ``angle``, in radians counter-clockwise.

    ``reach`` says how far it goes, in blocks, from the middle of ``luma`` to its left, top, right
    and bottom side. What lies outside ``luma`` is continued from its edges. There are ``samples``
    along the longer side: fewer than blocks show the grain between them.
    """
    left, top, right, bottom = reach
    step = max(top + bottom, right + left) / samples
    size = round((top + bottom) / step), round((right + left) / step)
    found = np.empty(size, np.float32)
    frame = np.array([left, top, step, math.cos(angle), math.sin(angle)], np.float32)
    sample_turned(luma.blocks, frame, found)
    side = ReducedLuma.of_blocks(found, 1, size[1], size[0])
    return Levelled(side, math.degrees(angle))


def _pair(
    distances: dict[int, float],
    side: int,
    half: float,
    other_half: float,
    lean: tuple[float, float],
) -> tuple[float, float]:
    """Return the distances of ``side`` and of the one opposite; each stands in for the other.

    Where neither is seen, a canvas that kept its size (``half`` along this axis) tells them, or
    one that grew around the picture.
    """
    if {side, side + 2} & distances.keys():
        one = distances.get(side, distances.get(side + 2, half))
        return one, distances.get(side + 2, one)
    across = next(iter(distances.values()))
    if abs(across - other_half) < _KEPT * other_half:
        return half, half
    tangent, cosine = lean
    grown = half / cosine - across * tangent
    return grown, grown
