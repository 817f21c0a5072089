"""The boxes of a picture that may be pictures of their own, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.hashing.views.borders import trimmed
from tidebreak.hashing.views.content import content_box
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.seams import seam_boxes
from tidebreak.model import Box, Depth, ViewKind

_LEAST_SIDE, _LEAST_PART = 64, 12
"""A box is worth a look when its sides have 64 pixels, and it is a twelfth of the picture."""

_APART = 0.005
"""Boxes of which no side differs by more than this share of the picture are one."""

_SEAMS = {Depth.STANDARD: 10, Depth.DEEP: 16}
_MOST = {Depth.FAST: 2, Depth.STANDARD: 14, Depth.DEEP: 24}
_OPENED = 3
"""So many boxes are looked into again when deep: a screenshot may show a screenshot."""

Part = tuple[ViewKind, Box]


def boxes_of(luma: ReducedLuma, depth: Depth) -> list[Part]:
    """Return the boxes that are tried at ``depth``, without the whole picture."""
    found: list[Part] = []
    for kind, box in _candidates(luma, depth):
        known = [other for _, other in found] + [luma.whole]
        if _is_worthy(box, luma) and not any(_same(box, other, luma) for other in known):
            found.append((kind, box))
        if len(found) == _MOST[depth]:
            break
    return found


def _candidates(luma: ReducedLuma, depth: Depth) -> Iterator[Part]:
    yield from ((ViewKind.TRIM, box) for box in trimmed(luma))
    if depth is Depth.FAST:
        return
    seams = _seam_boxes(luma, _SEAMS[depth])
    yield from ((ViewKind.SEAM, box) for box in seams)
    content = content_box(luma)
    if content:
        yield ViewKind.CONTENT, content
    for box in seams:
        part, (x, y, _, _) = luma.part(box)
        yield from ((ViewKind.SEAM, _moved(trim, x, y)) for trim in trimmed(part))
    if depth is Depth.DEEP:
        for box in seams[:_OPENED]:
            part, (x, y, _, _) = luma.part(box)
            yield from ((ViewKind.SEAM, _moved(one, x, y)) for one in _seam_boxes(part, _OPENED))


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
