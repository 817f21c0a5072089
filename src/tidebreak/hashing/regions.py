"""The parts of a known picture that are hashed when its media is lawfully held. Version 1.

A hash survives when a part is cut off by one or two per cent. To find any crop, hashes must
stand closer than that, which would take thousands. So the two sides are set like a vernier: a
query is looked up by 49 inner parts whose places differ by one fine step, and the known picture
is stored by parts that stand some seven such steps apart. Every pair of the two is one place of a
crop. The same parts are cut of every picture, whatever it shows.

*Aligned* regions are cut on both sides and compared like with like: what is left of a picture
when a caption lies over its foot or head. Smaller ones, such as halves, would find more, and would
take two frames of a fixed camera for one. ``docs/packs.md`` has the table and the measurements.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, product

import numpy as np

from tidebreak.hashing.views.luma import ReducedLuma, gridded
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Box, Depth, View, ViewKind
from tidebreak.places import FIRST_ALIGNED
from tidebreak.reach import Reach

VERSION = "regions-1"

LEAST_QUALITY = 50

Part = tuple[float, float, float, float]
"""Left, top, right and bottom as shares of a picture's width and height."""

Span = tuple[float, float]
"""Start and end along one side, as shares of it."""

_STEP = 0.016
"""Between two inner parts of a query. Half of it, along both sides, turns about 20 bits."""
_SLACK, _SPARE = 1.2, 0.5
"""How many steps lie between two places of a crop that are told apart, and how much of a part is
spared to be sure of small crops, which are the most usual."""

_PLACES, _CAPTIONED_PLACES = 7, 3
"""Inner parts along each side, of a whole picture and beside a caption."""

_FIRST, _NEXT = 0.95, 0.97
"""Share that the smallest crop leaves of a side, and each crop of the one before."""
_LEVELS, _CAPTIONED_LEVELS = 16, 2
_SMALL, _MEDIUM = 4, 8
"""Levels of crops that take up to 13 and 24 per cent of a side; the last takes 40."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part that is stored of known pictures, and its code. Some share a code."""

    code: int
    part: Part


def _inner(area: Span, places: int) -> list[Span]:
    """Return ``places`` spans of one length, a step apart, that together fill ``area``."""
    start, end = area
    length = end - start - _STEP * (places - 1)
    return [(start + _STEP * place, start + _STEP * place + length) for place in range(places)]


def _stored(
    kept: float, area: Span, places: int, *, spare: float = _SPARE, most: int = 99
) -> list[Span]:
    """Return where the inner spans of ``area`` of a crop lie in the picture that it is of.

    The crop has ``kept`` of the side. Its places are covered evenly, by ``most`` spans or fewer.
    """
    spans, cut = _inner(area, places), 1 - kept
    count = min(most, max(1, math.ceil(cut / (_SLACK * _STEP * places * kept) + spare)))
    middle = (spans[0][0] + spans[-1][0]) / 2 * kept
    length = (spans[0][1] - spans[0][0]) * kept
    starts = [middle + cut * (place + 0.5) / count for place in range(count)]
    return [(start, start + length) for start in starts]


def _parts(columns: Sequence[Span], rows: Sequence[Span]) -> Iterator[Part]:
    for (left, right), (top, bottom) in product(columns, rows):
        # Ten thousandths: what a pack spells out is what is cut.
        yield round(left, 4), round(top, 4), round(right, 4), round(bottom, 4)


def _crops(levels: range) -> Iterator[Part]:
    """Yield what is stored to find crops of both sides, and of one side alone."""
    whole = _stored(1.0, _WHOLE, _PLACES)
    for level in levels:
        kept = _FIRST * _NEXT**level
        large = level >= _MEDIUM
        spans = _stored(kept, _WHOLE, _PLACES, spare=0.0 if large else _SPARE)
        yield from _parts(spans, spans)
        if large:
            spans = _stored(kept, _WHOLE, _PLACES, most=1)  # a square from the middle
        yield from _parts(spans, whole)
        yield from _parts(whole, spans)


def _captioned(area: Span) -> Iterator[Part]:
    for level in range(_CAPTIONED_LEVELS):
        kept = _FIRST * _NEXT**level
        columns = _stored(kept, _WHOLE, _CAPTIONED_PLACES)
        yield from _parts(columns, _stored(kept, area, _CAPTIONED_PLACES))


_WHOLE: Span = (0.0, 1.0)
_ABOVE, _BELOW = (0.0, 0.84), (0.16, 1.0)
"""The rows that a caption over the foot, or the head, of a picture leaves free."""

INNER: tuple[Part, ...] = tuple(_parts(_inner(_WHOLE, _PLACES), _inner(_WHOLE, _PLACES)))
"""The inner parts by which a query is looked up."""

_ALIKE: dict[int, Part] = {
    500: (0.0, 0.0, 1.0, 0.84),
    501: (0.0, 0.16, 1.0, 1.0),
}
_CAPTIONED = {502: _ABOVE, 503: _BELOW}

ALIGNED: tuple[Region, ...] = tuple(
    [Region(code, part) for code, part in _ALIKE.items()]
    + [
        Region(code, part)
        for code, area in _CAPTIONED.items()
        for part in _parts(_inner(_WHOLE, _CAPTIONED_PLACES), _inner(area, _CAPTIONED_PLACES))
    ]
)
"""What is cut of a query to be compared with stored regions of the same code."""

CROPS = {
    Reach.FEW: tuple(_crops(range(_SMALL))),
    Reach.STANDARD: tuple(_crops(range(_SMALL, _MEDIUM))),
    Reach.MANY: tuple(_crops(range(_MEDIUM, _LEVELS))),
}
"""What each reach adds to those before it."""

REGIONS = tuple(
    [Region(10 + place, part) for place, part in enumerate(chain(*CROPS.values()))]
    + [Region(code, part) for code, part in _ALIKE.items()]
    + [Region(code, part) for code, area in _CAPTIONED.items() for part in _captioned(area)]
)
"""Every part that may be stored of a known picture."""


def regions_of(reach: Reach) -> tuple[Region, ...]:
    """Return the regions that are stored for ``reach``."""
    count = sum(len(CROPS[step]) for step in list(Reach)[: list(Reach).index(reach) + 1])
    return tuple(r for r in REGIONS if r.code < 10 + count or r.code >= FIRST_ALIGNED)


def stored_views(luma: ReducedLuma) -> list[View]:
    """Return the regions of a known picture; ``number`` is their code. Flat ones are left out."""
    return list(_views(luma, REGIONS, ViewKind.REGION, Depth.FAST))


def aligned_views(luma: ReducedLuma) -> list[View]:
    """Return the views of a query that only known regions are found by, for depth standard."""
    inner = [Region(0, part) for part in INNER]
    return [
        *_views(luma, inner, ViewKind.INNER, Depth.STANDARD),
        *_views(luma, ALIGNED, ViewKind.ALIGNED, Depth.STANDARD),
    ]


def _views(
    luma: ReducedLuma, regions: Sequence[Region], kind: ViewKind, depth: Depth
) -> Iterator[View]:
    boxes = [_box(region.part, luma) for region in regions]
    # Parts share their rows and columns: each is weighed once.
    rows = {span: luma.down(*span) for span in {(top, bottom) for _, top, _, bottom in boxes}}
    columns = {span: luma.across(*span) for span in {(left, right) for left, _, right, _ in boxes}}
    grids = np.stack(
        [gridded(rows[top, bottom], columns[left, right]) for left, top, right, bottom in boxes]
    )
    blocks, qualities = coefficients(grids)
    found = zip(regions, boxes, hashes(blocks), qualities.tolist(), strict=True)
    for region, box, value, quality in found:
        if quality >= LEAST_QUALITY:
            yield View(value.tobytes(), quality, kind, box=box, number=region.code, depth=depth)


def _box(part: Part, luma: ReducedLuma) -> Box:
    left, top, right, bottom = part
    return (
        round(left * luma.width),
        round(top * luma.height),
        round(right * luma.width),
        round(bottom * luma.height),
    )
