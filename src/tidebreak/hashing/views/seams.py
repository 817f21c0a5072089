"""Boxes whose sides are straight seams: collages, caption bars, screenshots, padded stories.

A photograph has few edges that are straight, upright and unbroken; where two pictures meet, or a
picture meets an interface, there is one. So the strongest seams of both directions are found,
and every box that they and the picture's own edges bound is tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.seam_kernels import bounded_boxes, longest_seams, seam_evidence
from tidebreak.model import Box

_SEAMS = 16
"""Seams kept of each direction."""

_APART = 0.01
"""Boxes of which no side differs by more than this share of the picture are one."""

_EVEN = 4.0
"""A box whose levels of grey spread by less is no picture."""

_MOST = 4096


@dataclass(frozen=True, slots=True, eq=False)
class _Seams:
    """Seams of one direction and the picture's edges: block, place in pixels, running evidence."""

    blocks: NDArray[np.int32]
    places: NDArray[np.int64]
    running: Floats


def seam_boxes(luma: ReducedLuma, least: tuple[int, int, int], most: int) -> list[Box]:
    """Return at most ``most`` boxes at seams, best first.

    ``least`` is the smallest width, height and area in pixels.
    """
    upright = _seams(luma.blocks, luma.factor, luma.width)
    level = _seams(np.ascontiguousarray(luma.blocks.T), luma.factor, luma.height)
    scores, boxes = np.empty(_MOST, np.float32), np.empty((_MOST, 4), np.int32)
    f = luma.factor
    smallest = np.array([least[0] // f, least[1] // f, least[2] // f**2], np.int32)
    count = bounded_boxes(
        *(upright.blocks, level.blocks, upright.running, level.running),
        *(smallest, scores, boxes),
    )
    order = np.argsort(-scores[:count], kind="stable")
    found: list[Box] = []
    for left, top, right, bottom in boxes[order].tolist():
        x, y = upright.places, level.places
        box = int(x[left]), int(y[top]), int(x[right]), int(y[bottom])
        if not (_is_even(box, luma) or any(_same(box, other, luma) for other in found)):
            found.append(box)
        if len(found) == most:
            break
    return found


def _is_even(box: Box, luma: ReducedLuma) -> bool:
    """Whether a box is bare ground; every fourth sample tells."""
    left, top, right, bottom = (place // luma.factor for place in box)
    return float(luma.blocks[top:bottom:4, left:right:4].std()) < _EVEN


def _same(one: Box, other: Box, luma: ReducedLuma) -> bool:
    sides = (luma.width, luma.height) * 2
    return all(abs(a - b) <= _APART * n for a, b, n in zip(one, other, sides, strict=True))


def _seams(blocks: Floats, factor: int, side: int) -> _Seams:
    """Return the strongest vertical seams of ``blocks`` and the picture's left and right edges."""
    evidence = np.empty_like(blocks)
    seam_evidence(blocks, evidence)
    rows, columns = blocks.shape
    sums = np.empty(columns, np.float32)
    starts, ends = np.empty(columns, np.int32), np.empty(columns, np.int32)
    longest_seams(evidence, sums, starts, ends)
    kept = sorted(_peaks(sums, rows / 16))
    inside = [_place(blocks[starts[x] : ends[x]], x, factor) for x in kept]
    running = np.zeros((len(kept) + 2, rows + 1), np.float32)
    np.cumsum(evidence[:, kept].T, axis=1, out=running[1:-1, 1:])
    return _Seams(
        np.array([0, *kept, columns], np.int32), np.array([0, *inside, side], np.int64), running
    )


def _peaks(sums: Floats, least: float) -> list[int]:
    """Return the columns with the largest sums, none beside a larger one."""
    found: list[int] = []
    for x in np.argsort(-sums, kind="stable").tolist():
        if sums[x] < least or len(found) == _SEAMS:
            break
        if all(abs(x - other) > 3 for other in found):
            found.append(x)
    return found


def _place(blocks: Floats, x: int, factor: int) -> int:
    """Return where in block ``x`` the seam lies, in pixels: by how much of either side it mixes."""
    before, here, after = (np.float64(1) * blocks[:, x + step] for step in (-1, 0, 1))
    step = float(np.abs(before - after).sum())
    share = float(np.abs(here - after).sum()) / step if step else 0.0
    return round((x + min(share, 1.0)) * factor)
