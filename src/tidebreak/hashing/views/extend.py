"""Completing a cropped picture: boxes that reach beyond it, as the uncropped one did.

A crop moves everything else in the picture, and with it nearly every bit of the hash. Put back
where it was, with its edges continued, what is left outweighs what is missing. Neither the
amount nor the place of a crop is known, so a few amounts are tried on a small lattice of places.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tidebreak.model import Box, Depth

CROPS = {Depth.STANDARD: ((2, 2), (5, 5)), Depth.DEEP: ((4, 3), (8, 6), (10, 8))}
"""Per cent of each side that a crop took away, and how many places along a side are tried."""

_LARGEST_STRIP = 0.3
"""A strip that hides more of the picture than this leaves too little of it."""


def extended(width: int, height: int, depth: Depth) -> Iterator[tuple[int, Box]]:
    """Yield the per cent added and the box for each extension that ``depth`` adds."""
    for share, places in CROPS.get(depth, ()):
        for i, j in product(range(places), repeat=2):
            left, right = _span(width, share, (i + 0.5) / places)
            top, bottom = _span(height, share, (j + 0.5) / places)
            yield share, (left, top, right, bottom)


def _span(side: int, share: float, place: float) -> tuple[int, int]:
    added = side * share / (100 - share)
    low = -round(added * place)
    return low, low + round(side + added)


def beside_strip(box: Box, width: int, height: int) -> bool:
    """Whether ``box`` is the picture without a strip along one side, which may hide a part."""
    strips = box[0], box[1], width - box[2], height - box[3]
    hidden = 1 - (box[2] - box[0]) * (box[3] - box[1]) / (width * height)
    return sum(strip > 0 for strip in strips) == 1 and hidden <= _LARGEST_STRIP
