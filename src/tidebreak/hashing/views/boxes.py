"""The boxes of a picture that may be pictures of their own, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tidebreak.hashing.views.borders import trimmed
from tidebreak.hashing.views.content import content_box
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.seams import seam_boxes
from tidebreak.model import Box, Depth, ViewKind

_LEAST_SIDE, _LEAST_PART = 64, 12
"""A box is worth a look when its sides have 64 pixels, and it is a twelfth of the picture."""

_APART = 0.005
"""Boxes of which no side differs by more than this share of the picture are one."""

_MOST = {Depth.FAST: 2, Depth.STANDARD: 14, Depth.DEEP: 24}
"""So many boxes are tried at each depth, those of the lesser depths included."""

_SEAMS, _DEEP_SEAMS = 10, 16
_OPENED = 3
"""So many boxes are looked into again when deep: a screenshot may show a screenshot."""


@dataclass(frozen=True, slots=True)
class Part:
    """A box, how it was found, and the least depth at which it is tried."""

    kind: ViewKind
    box: Box
    depth: Depth


def boxes_of(luma: ReducedLuma, depth: Depth) -> list[Part]:
    """Return the boxes that are tried up to ``depth``, without the whole picture.

    More depth only adds: what a lesser one finds comes first, and is the same.
    """
    found: list[Part] = []
    for level in list(Depth)[: depth.rank + 1]:
        for kind, box in _CANDIDATES[level](luma):
            known = [part.box for part in found] + [luma.whole]
            if _is_worthy(box, luma) and not any(_same(box, other, luma) for other in known):
                found.append(Part(kind, box, level))
            if len(found) == _MOST[level]:
                break
    return found


def _even(luma: ReducedLuma) -> Iterator[tuple[ViewKind, Box]]:
    yield from ((ViewKind.TRIM, box) for box in trimmed(luma))


def _likely(luma: ReducedLuma) -> Iterator[tuple[ViewKind, Box]]:
    seams = _seam_boxes(luma, _SEAMS)
    yield from ((ViewKind.SEAM, box) for box in seams)
    content = content_box(luma)
    if content:
        yield ViewKind.CONTENT, content
    for box in seams:
        part, (x, y, _, _) = luma.part(box)
        yield from ((ViewKind.SEAM, _moved(trim, x, y)) for trim in trimmed(part))


def _possible(luma: ReducedLuma) -> Iterator[tuple[ViewKind, Box]]:
    seams = _seam_boxes(luma, _DEEP_SEAMS)
    for box in seams[:_OPENED]:
        part, (x, y, _, _) = luma.part(box)
        yield from ((ViewKind.SEAM, _moved(one, x, y)) for one in _seam_boxes(part, _OPENED))
    yield from ((ViewKind.SEAM, box) for box in seams)


_CANDIDATES = {Depth.FAST: _even, Depth.STANDARD: _likely, Depth.DEEP: _possible}


def _seam_boxes(luma: ReducedLuma, most: int) -> list[Box]:
    smallest = _LEAST_SIDE, _LEAST_SIDE, luma.width * luma.height // _LEAST_PART
    return seam_boxes(luma, smallest, most)


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _is_worthy(box: Box, luma: ReducedLuma) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    enough = width * height * _LEAST_PART >= luma.width * luma.height
    return enough and min(width, height) >= _LEAST_SIDE


def _same(one: Box, other: Box, luma: ReducedLuma) -> bool:
    sides = (luma.width, luma.height) * 2
    return all(abs(a - b) <= _APART * n for a, b, n in zip(one, other, sides, strict=True))
