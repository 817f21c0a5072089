"""The parts of a known picture that are hashed when its media is lawfully held. Version 1.

A hash survives when a part is cut off by one or two per cent. To find any crop, hashes must
stand closer than that, which would take thousands. So the two sides are set like a vernier: a
query is looked up by 25 inner parts whose places differ by one fine step, and the known picture
is stored by parts that stand 25 times as far apart. Every pair of the two is one place of a
crop, as 25 × 29 pairs are. The same parts are cut of every picture, whatever it shows.

*Aligned* regions are cut on both sides and compared like with like: what is left of a picture
when a caption lies over its foot, or when it was turned by a few degrees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from tidebreak.hashing.views.luma import ReducedLuma, gridded
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Box, Depth, View, ViewKind

VERSION = "regions-1"

LEAST_QUALITY = 50

Part = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a picture's width and height."""

_STEP, _PLACES = 0.018, 5
"""Inner parts of a query: so many places along each side, so far apart in shares of the side."""
_INNER = 1 - _STEP * (_PLACES - 1)

_LEVELS = (
    (0.965, 1), (0.931, 1), (0.899, 1), (0.867, 2), (0.837, 2), (0.808, 3), (0.779, 3),
)  # fmt: skip
"""Share of a side that a crop leaves, and how many stored parts cover its places."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part that is stored of known pictures, and its code."""

    code: int
    part: Part


def _spans() -> Iterator[tuple[int, float, float]]:
    """Yield level, start and end of the stored spans along one side."""
    for level, (kept, count) in enumerate(_LEVELS):
        length, lead = kept * _INNER, kept * (1 - _INNER) / 2
        for place in range(count):
            start = (1 - kept) * (place + 0.5) / count + lead
            yield level, start, start + length


def _crops() -> Iterator[Part]:
    spans = tuple(_spans())
    for (level, left, right), (other, top, bottom) in product(spans, repeat=2):
        if level == other:
            yield left, top, right, bottom
    middle = (1 - _INNER) / 2, (1 + _INNER) / 2
    for _, start, end in spans:
        yield start, middle[0], end, middle[1]
        yield middle[0], start, middle[1], end


def _plain(part: Part) -> Part:
    """Return ``part`` in ten thousandths: what a pack spells out is what is cut."""
    left, top, right, bottom = (round(share, 4) for share in part)
    return left, top, right, bottom


_FOOT, _HEAD = (0.0, 0.0, 1.0, 0.84), (0.0, 0.16, 1.0, 1.0)
ALIGNED: dict[int, Part] = {
    500: _FOOT,
    501: _HEAD,
    502: (0.0, 0.0, 1.0, 0.7),
    503: (0.0, 0.3, 1.0, 1.0),
    504: (0.1, 0.1, 0.9, 0.9),
    505: (0.0, 0.0, 0.5, 1.0),
    506: (0.5, 0.0, 1.0, 1.0),
}
"""What is cut of queries and known pictures alike, by code."""

REGIONS = tuple(
    [Region(10 + place, _plain(part)) for place, part in enumerate(_crops())]
    + [Region(code, part) for code, part in ALIGNED.items()]
)
"""Every part that is stored of a known picture."""

_OFFSETS = tuple(_STEP * place for place in range(_PLACES))
INNER: tuple[Part, ...] = tuple((x, y, x + _INNER, y + _INNER) for x in _OFFSETS for y in _OFFSETS)
"""The inner parts by which a query is looked up."""


def stored_views(luma: ReducedLuma) -> list[View]:
    """Return the regions of a known picture; ``number`` is their code. Flat ones are left out."""
    found = _hashed(luma, [region.part for region in REGIONS])
    return [
        View(value, quality, ViewKind.ALIGNED, box=box, number=region.code)
        for region, (box, value, quality) in zip(REGIONS, found, strict=True)
        if quality >= LEAST_QUALITY
    ]


def aligned_views(luma: ReducedLuma) -> list[View]:
    """Return the views of a query that only known regions are found by, for depth standard."""
    parts = [*INNER, *ALIGNED.values()]
    numbers = [0] * len(INNER) + list(ALIGNED)
    return [
        View(
            value,
            quality,
            ViewKind.ALIGNED if number else ViewKind.INNER,
            box=box,
            number=number,
            depth=Depth.STANDARD,
        )
        for number, (box, value, quality) in zip(numbers, _hashed(luma, parts), strict=True)
        if quality >= LEAST_QUALITY
    ]


def _hashed(luma: ReducedLuma, parts: Sequence[Part]) -> list[tuple[Box, bytes, int]]:
    """Return box in pixels, hash and quality of each part."""
    boxes = [_box(part, luma) for part in parts]
    # Parts share their rows and columns: each is weighed once.
    rows = {span: luma.down(*span) for span in {(top, bottom) for _, top, _, bottom in boxes}}
    columns = {span: luma.across(*span) for span in {(left, right) for left, _, right, _ in boxes}}
    grids = np.stack(
        [gridded(rows[top, bottom], columns[left, right]) for left, top, right, bottom in boxes]
    )
    blocks, qualities = coefficients(grids)
    values = hashes(blocks)
    return [
        (box, value.tobytes(), quality)
        for box, value, quality in zip(boxes, values, qualities.tolist(), strict=True)
    ]


def _box(part: Part, luma: ReducedLuma) -> Box:
    left, top, right, bottom = part
    return (
        round(left * luma.width),
        round(top * luma.height),
        round(right * luma.width),
        round(bottom * luma.height),
    )
