"""From canonical pixels to local features: corners at many sizes, spread over what was seen.

The picture is brought to about `AREA` pixels, so that a known picture and its copy meet at similar
sizes, and ORB finds corners on `LEVELS` levels, each 1.2 times coarser. Of these, equally many
are taken from every level, and on each in turn from every cell of a grid: a copy that was cut,
shrunk or covered in part must still show its share of them. Corners on flat ground come last
(`tidebreak.media.texture`), and where flat ground leaves only some areas, as in a screenshot,
these are looked at alone. The mirror image is described at the same corners.

Version 1 (``docs/verified.md``). Needs the extra ``[verify]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing import local
from tidebreak.hashing.local import LOCAL, LocalFeatures, Records
from tidebreak.media.texture import Grey, flat_ground, opencv, textured_areas
from tidebreak.model import Box

VERSION = f"orb-{local.VERSION}"

QUERY, KNOWN = 700, 300
"""Features taken of what is examined (twice as many with its mirror image), and of what is kept."""

AREA = 300_000
"""Pixels to which a picture is scaled before corners are sought."""

MOST_ENLARGED = 2.0
LEVELS, STEP = 12, 1.2
CANDIDATES = 8
"""Corners sought for each one taken."""

GRID = 8
_EDGE, _PATCH, _FAST = 16, 31, 4
_SMALLEST = 48
"""The shortest side, in pixels after scaling, on which corners are sought."""

_ONLY_AREAS = 0.75
"""Textured areas are looked at alone when they make up less than this of the picture."""


def extract(
    pixels: NDArray[np.uint8], most: int = QUERY, *, mirrored: bool = True
) -> LocalFeatures:
    """Return up to ``most`` features of canonical ``pixels``, (H, W) or (H, W, 3) uint8.

    With ``mirrored`` also those of the mirror image, about as many again. A picture without
    corners has none. Raises `UsageError` where the extra ``[verify]`` is missing.
    """
    cv2: Any = opencv()
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    found = [
        _placed(_in_area(piece, flat, taken, mirrored), box, factor, width)
        for box, piece, factor, flat, taken in _pieces(grey, most)
    ]
    return LocalFeatures(width, height, np.concatenate([np.empty(0, LOCAL), *found]))


def ready() -> None:
    """Load everything that `extract` needs; raises `UsageError` as it does."""
    extract(np.zeros((64, 64), np.uint8))


_Piece = tuple[Box, Grey, float, NDArray[np.bool_], int]
"""A box of the picture, its scaled pixels, by how much, their flat ground, features to take."""


def _pieces(grey: Grey, most: int) -> list[_Piece]:
    """Return the whole picture, or only its textured areas where much of it is flat."""
    height, width = grey.shape
    small, factor = _scaled(grey, AREA)
    flat = flat_ground(small)
    boxes = textured_areas(flat)
    together = sum(map(_size, boxes))
    if not boxes or together > _ONLY_AREAS * small.size:
        return [((0, 0, width, height), small, factor, flat, most)]
    return [_piece(grey, flat, factor, box, _size(box) / together, most) for box in boxes]


def _piece(
    grey: Grey, flat: NDArray[np.bool_], factor: float, box: Box, share: float, most: int
) -> _Piece:
    height, width = grey.shape
    left, top = int(box[0] / factor), int(box[1] / factor)
    right, bottom = min(width, int(box[2] / factor)), min(height, int(box[3] / factor))
    piece, scale = _scaled(grey[top:bottom, left:right], AREA * max(share, 0.5))
    ground = flat[box[1] : box[3], box[0] : box[2]].astype(np.uint8)
    cv2: Any = opencv()
    fitted = cv2.resize(ground, piece.shape[::-1], interpolation=cv2.INTER_NEAREST)
    taken = max(round(most * share), most // 5)
    return (left, top, right, bottom), piece, scale, fitted.astype(np.bool_), taken


def _size(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _scaled(grey: Grey, area: float) -> tuple[Grey, float]:
    """Return ``grey`` at about ``area`` pixels, and the factor by which its sides changed."""
    factor = min((area / grey.size) ** 0.5, MOST_ENLARGED)
    if abs(factor - 1) < 0.02:
        return np.ascontiguousarray(grey), 1.0
    cv2: Any = opencv()
    size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(grey, size, interpolation=how), factor


def _in_area(grey: Grey, flat: NDArray[np.bool_], most: int, mirrored: bool) -> Records:
    """Return the features of one piece, in its own pixels."""
    if min(grey.shape) < _SMALLEST:
        return np.empty(0, LOCAL)
    cv2: Any = opencv()
    orb = cv2.ORB_create(
        CANDIDATES * most, STEP, LEVELS, edgeThreshold=_EDGE, patchSize=_PATCH, fastThreshold=_FAST
    )
    corners = orb.detect(grey, None)
    if not corners:
        return np.empty(0, LOCAL)
    table = np.array([(*c.pt, c.response, c.octave) for c in corners], np.float64)
    ground = flat[table[:, 1].astype(np.intp), table[:, 0].astype(np.intp)]
    chosen = [corners[row] for row in _chosen(table, ground, grey.shape, most)]
    sets = [_described(orb, grey, chosen, flat)]
    if mirrored:
        turned = [_mirror(cv2, corner, grey.shape[1]) for corner in chosen]
        sets.append(_described(orb, np.ascontiguousarray(grey[:, ::-1]), turned, flat[:, ::-1]))
        sets[1]["mirrored"] = 1
    return np.concatenate(sets)


def _mirror(cv2: Any, corner: Any, width: int) -> Any:
    x, y = corner.pt
    angle = (180 - corner.angle) % 360
    return cv2.KeyPoint(width - 1 - x, y, corner.size, angle, corner.response, corner.octave)


def _described(orb: Any, grey: Grey, corners: Sequence[Any], flat: NDArray[np.bool_]) -> Records:
    kept, descriptors = orb.compute(grey, corners)
    records = np.zeros(len(kept), LOCAL)
    if len(kept):
        place = np.array([(*c.pt, c.size, c.angle) for c in kept], np.float32).T
        records["x"], records["y"], records["scale"], records["angle"] = place
        records["flat"] = flat[place[1].astype(np.intp), place[0].astype(np.intp)]
        records["descriptor"] = descriptors
    return records


def _chosen(
    table: NDArray[np.float64], flat: NDArray[np.bool_], shape: tuple[int, ...], most: int
) -> list[int]:
    """Return the rows of corners to keep; ``table`` (n, 4) has x, y, response, level."""
    x, y, response, level = table.T
    cell = (x * GRID // shape[1]) + GRID * (y * GRID // shape[0])
    in_cell = _ranks(GRID * GRID * level + cell, flat, -response)
    on_level = _ranks(level, flat, in_cell, -response)
    return np.lexsort((level, on_level, flat))[:most].tolist()


def _ranks(group: NDArray[Any], *keys: NDArray[Any]) -> NDArray[np.int64]:
    """Return each row's place within its ``group``, ordered by ``keys``, the first one first."""
    order = np.lexsort((*reversed(keys), group))
    _, starts, counts = np.unique(group[order], return_index=True, return_counts=True)
    ranks = np.empty(len(group), np.int64)
    ranks[order] = np.arange(len(group)) - np.repeat(starts, counts)
    return ranks


def _placed(records: Records, box: Box, factor: float, width: int) -> Records:
    """Move the features of a piece to where it lies in the picture of ``width`` pixels."""
    left, top, right, _ = box
    for name in ("x", "y", "scale"):
        records[name] /= factor
    records["x"] += np.where(records["mirrored"], width - right, left)
    records["y"] += top
    return records
