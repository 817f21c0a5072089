"""Borders and letterboxes: how far a picture can be peeled, each side for itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.kernels import kernel, warmable
from tidebreak.model import Box

_EVEN, _NOISY = 6.0, 20.0
"""Levels of grey by which a border may vary: what coding adds, and what a bad copy does."""

_SHARE: Final = 0.98
"""A line belongs to a border when this much of it has the border's level."""

_LEFT, _TOP, _RIGHT, _BOTTOM = range(4)
_ROUNDS = 3


def trimmed(luma: ReducedLuma) -> list[Box]:
    """Return the picture without its even, and without its nearly even, borders."""
    return [_trimmed(luma, tolerance) for tolerance in (_EVEN, _NOISY)]


def _trimmed(luma: ReducedLuma, tolerance: float) -> Box:
    """Peel all sides until none gives way; a border may stand inside another."""
    rows, columns = luma.blocks.shape
    inner, sides = [0.0, 0.0, float(columns), float(rows)], [0, 0, columns, rows]
    for _ in range(_ROUNDS):
        before = tuple(sides)
        for side in (_TOP, _BOTTOM, _LEFT, _RIGHT):
            depth = border_depth(luma.blocks, *sides, side, tolerance)
            if depth > 0:
                inner[side] = sides[side] + (depth if side < _RIGHT else -depth)
                sides[side] += int(depth) if side < _RIGHT else -int(depth)
        if tuple(sides) == before:
            break
    left, top, right, bottom = (round(place * luma.factor) for place in inner)
    return left, top, min(right, luma.width), min(bottom, luma.height)


@kernel
def border_depth(
    luma: Floats, left: int, top: int, right: int, bottom: int, side: int, tolerance: float
) -> float:
    """Return how many lines of the box, from ``side`` (0-3: left, top, right, bottom), are even.

    Even is what has the level of the outermost line. The line that ends the border may be half of
    it: it counts by how much less it differs than the next. 0 where all of the box is even.
    """
    upright = side in (0, 2)
    lines, length = (right - left, bottom - top) if upright else (bottom - top, right - left)
    line, before = np.empty(max(length, 1), np.float32), 0.0
    level = np.float32(0)
    for depth in range(lines):
        for i in range(length):
            if upright:
                x = left + depth if side == 0 else right - 1 - depth
                line[i] = luma[top + i, x]
            else:
                y = top + depth if side == 1 else bottom - 1 - depth
                line[i] = luma[y, left + i]
        if depth == 0:
            level = np.median(line)
        even, off = 0, 0.0
        for i in range(length):
            even += abs(line[i] - level) <= tolerance
            off += abs(line[i] - level)
        if before > 0:
            return depth - before / off if off > before else depth - 1.0
        if even < _SHARE * length:
            if depth == 0:
                return 0.0
            before = off
    return 0.0


def warm() -> None:
    """Compile or load the kernel of this module."""
    border_depth(np.zeros((8, 8), np.float32), 0, 0, 8, 8, 0, 1.0)


warmable(__name__)
