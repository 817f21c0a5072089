"""Which views of a picture are made at which depth, and their hashes.

The rule is asymmetric: many views of the query, one hash of the known picture, the one of the
whole picture that anybody's list holds. Views on both sides would make strangers meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.pdq import SMALLEST_SIDE
from tidebreak.hashing.pdq_weights import GRID
from tidebreak.hashing.views.borders import trimmed
from tidebreak.hashing.views.content import content_box
from tidebreak.hashing.views.extend import beside_strip, extended
from tidebreak.hashing.views.level import levelled
from tidebreak.hashing.views.luma import ReducedLuma, Taps, gridded
from tidebreak.hashing.views.seams import seam_boxes
from tidebreak.hashing.views.turns import coefficients, hashes, reads_backwards
from tidebreak.model import Box, Depth, Turn, View, ViewKind

LEAST_QUALITY = 50
"""PDQ's published advice is to discard hashes below this quality."""

_LEAST_SIDE, _LEAST_PART = 64, 12
"""A box is worth a look when its sides have 64 pixels, and it is a twelfth of the picture."""

_SEAM_BOXES = {Depth.STANDARD: 10, Depth.DEEP: 20}


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """A view before it is hashed: a box of ``luma``, and all that is said about it.

    ``origin`` is where ``luma`` begins in the picture.
    """

    luma: ReducedLuma
    box: Box
    kind: ViewKind
    depth: Depth
    turn: Turn = Turn.NONE
    number: int = 0
    angle: float = 0.0
    origin: tuple[int, int] = (0, 0)

    def view(self, value: bytes, quality: int) -> View:
        """Return the view with its hash."""
        x, y = self.origin
        left, top, right, bottom = self.box
        whole = self.kind in (ViewKind.FULL, ViewKind.LEVELLED)
        box = None if whole else (left + x, top + y, right + x, bottom + y)
        return View(
            *(value, quality, self.kind, self.turn, box, self.number, self.angle, self.depth)
        )


def views_of(luma: ReducedLuma, depth: Depth) -> list[View]:
    """Return the distinct views of a picture up to ``depth``, the whole picture first.

    Views below quality 50 are left out, and so are hashes that an earlier view has.
    """
    if min(luma.width, luma.height) < SMALLEST_SIDE:
        return []
    return _developed(list(_shots(luma, depth)))


def _shots(luma: ReducedLuma, depth: Depth) -> Iterator[_Shot]:
    for turn in Turn:
        yield _Shot(luma, luma.whole, ViewKind.FULL, Depth.FAST, turn)
    for box in (box for box in trimmed(luma) if _is_worthy(box, luma)):
        yield _Shot(luma, box, ViewKind.TRIM, Depth.FAST)
    if depth is Depth.FAST:
        return
    yield from _box_shots(luma, depth)
    upright = levelled(luma)
    if upright:
        side, angle = upright.luma, round(upright.degrees, 1)
        yield _Shot(side, side.whole, ViewKind.LEVELLED, Depth.STANDARD, angle=angle)
    for level in (Depth.STANDARD, Depth.DEEP)[: depth.rank]:
        for share, box in extended(luma.width, luma.height, level):
            yield _Shot(luma, box, ViewKind.EXTENDED, level, number=share)


def _box_shots(luma: ReducedLuma, depth: Depth) -> Iterator[_Shot]:
    content = content_box(luma)
    if content and _is_worthy(content, luma):
        yield _Shot(luma, content, ViewKind.CONTENT, Depth.STANDARD)
    smallest = _LEAST_SIDE, _LEAST_SIDE, luma.width * luma.height // _LEAST_PART
    for place, box in enumerate(seam_boxes(luma, smallest, _SEAM_BOXES[depth])):
        least = Depth.STANDARD if place < _SEAM_BOXES[Depth.STANDARD] else Depth.DEEP
        yield _Shot(luma, box, ViewKind.SEAM, least)
        yield _Shot(luma, box, ViewKind.SEAM, least, Turn.MIRROR)
        if beside_strip(box, luma.width, luma.height):
            part, (left, top, _, _) = luma.part(box)
            hidden = round(100 - 100 * part.width * part.height / (luma.width * luma.height))
            whole = -left, -top, luma.width - left, luma.height - top
            yield _Shot(
                *(part, whole, ViewKind.EXTENDED, least),
                number=hidden,
                origin=(left, top),
            )
        part, (left, top, _, _) = luma.part(box)
        for trim in (trim for trim in trimmed(part) if _is_worthy(trim, luma)):
            yield _Shot(part, trim, ViewKind.SEAM, least, origin=(left, top))


def _is_worthy(box: Box, luma: ReducedLuma) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    enough = width * height * _LEAST_PART >= luma.width * luma.height
    return enough and min(width, height) >= _LEAST_SIDE


def _developed(shots: list[_Shot]) -> list[View]:
    """Hash all of ``shots``; products that several of them share are made once."""
    grids = np.empty((len(shots), GRID, GRID), np.float32)
    rows: dict[tuple[int, int, int, bool], Floats] = {}
    columns: dict[tuple[int, int, int, bool], Taps] = {}
    for grid, shot in zip(grids, shots, strict=True):
        left, top, right, bottom = shot.box
        mirrored, upended = reads_backwards(shot.turn)
        down, across = (id(shot.luma), top, bottom, upended), (id(shot.luma), left, right, mirrored)
        if down not in rows:
            rows[down] = shot.luma.down(top, bottom, backwards=upended)
        if across not in columns:
            columns[across] = shot.luma.across(left, right, backwards=mirrored)
        made = gridded(rows[down], columns[across])
        grid[:] = made.T if shot.turn >= Turn.TRANSPOSE else made
    return list(_distinct(shots, grids))


def _distinct(shots: Iterable[_Shot], grids: Floats) -> Iterator[View]:
    blocks, qualities = coefficients(grids)
    seen: set[bytes] = set()
    for shot, row, quality in zip(shots, hashes(blocks), qualities.tolist(), strict=True):
        value = row.tobytes()
        if quality >= LEAST_QUALITY and value not in seen:
            seen.add(value)
            yield shot.view(value, quality)
