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
from tidebreak.hashing.views.boxes import Part, boxes_of
from tidebreak.hashing.views.extend import beside_strip, extended
from tidebreak.hashing.views.ink import continued, without_ink
from tidebreak.hashing.views.level import Levelled, levelled
from tidebreak.hashing.views.luma import ReducedLuma, Taps, gridded
from tidebreak.hashing.views.straighten import unstraightened
from tidebreak.hashing.views.turns import coefficients, hashes, reads_backwards
from tidebreak.model import Box, Depth, Turn, View, ViewKind

LEAST_QUALITY = 50
"""PDQ's published advice is to discard hashes below this quality."""

_OPENED = 4
"""So many boxes are turned all ways, and freed of ink, when deep."""


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
    return _developed([s for s in _shots(luma, depth) if s.depth.rank <= depth.rank])


def _shots(luma: ReducedLuma, depth: Depth) -> Iterator[_Shot]:
    for turn in Turn:
        yield _Shot(luma, luma.whole, ViewKind.FULL, Depth.FAST, turn)
    for place, part in enumerate(boxes_of(luma, depth)):
        yield from _shots_of_box(luma, part)
        if depth is Depth.DEEP and place < _OPENED:
            yield from _deeper_shots_of_box(luma, part)
    if depth is not Depth.FAST:
        yield from _inkless(luma, Depth.STANDARD)
        yield from _tilted(luma, depth)
    for level in list(Depth)[: depth.rank + 1]:
        for share, box in extended(luma.width, luma.height, level):
            yield _Shot(luma, box, ViewKind.EXTENDED, level, number=share)


def _tilted(luma: ReducedLuma, depth: Depth) -> Iterator[_Shot]:
    seen = levelled(luma)
    if seen:
        yield _levelled(seen, Depth.STANDARD)
        yield _levelled(seen, Depth.DEEP, Turn.MIRROR)
    if depth is Depth.DEEP:
        yield from (_levelled(guess, Depth.DEEP) for guess in unstraightened(luma))


def _levelled(found: Levelled, depth: Depth, turn: Turn = Turn.NONE) -> _Shot:
    angle = round(found.degrees, 1)
    return _Shot(found.luma, found.luma.whole, ViewKind.LEVELLED, depth, turn, angle=angle)


def _shots_of_box(luma: ReducedLuma, part: Part) -> Iterator[_Shot]:
    """Yield a box as it is, mirrored, and what it says about a picture that a strip hides."""
    standard = max(part.depth, Depth.STANDARD, key=_rank)
    yield _Shot(luma, part.box, part.kind, part.depth)
    yield _Shot(luma, part.box, part.kind, standard, Turn.MIRROR)
    if beside_strip(part.box, luma.width, luma.height):
        share = 1 - _area(part.box) / _area(luma.whole)
        yield _completed(continued(luma, part.box), share, standard)


def _deeper_shots_of_box(luma: ReducedLuma, part: Part) -> Iterator[_Shot]:
    for turn in Turn:
        yield _Shot(luma, part.box, part.kind, Depth.DEEP, turn)
    inner, (left, top, _, _) = luma.part(part.box)
    yield from _inkless(inner, Depth.DEEP, (left, top))


def _inkless(luma: ReducedLuma, depth: Depth, origin: tuple[int, int] = (0, 0)) -> Iterator[_Shot]:
    filled = without_ink(luma)
    if filled:
        yield _completed(*filled, depth, origin)


def _completed(
    luma: ReducedLuma, share: float, depth: Depth, origin: tuple[int, int] = (0, 0)
) -> _Shot:
    number = max(1, round(100 * share))
    return _Shot(luma, luma.whole, ViewKind.FILLED, depth, number=number, origin=origin)


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _rank(depth: Depth) -> int:
    return depth.rank


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
