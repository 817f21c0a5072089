"""What a shot shows beside the full picture, and what is to be hashed of each of its frames.

A query's video may be a player on a screen, one pane of a split screen, a picture with a caption
over it, or a crop. A list knows nothing of this: it has the full picture of each frame. So what
may have been the full picture is put together here and hashed on a track of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.frame_boxes import boxes_of
from tidebreak.hashing.frames import Area
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Box

_STACK = 6
"""Frames of a shot that its boxes are found in."""

_CROPS = ((5, (1 / 6, 1 / 2, 5 / 6)), (10, (1 / 2,)))
"""Per cent that a crop took from each side, and which shares of it were lost before the picture."""


Shot = tuple[int, ReducedLuma, Box]
"""An area, and the box to be hashed for it, which may reach beyond the picture that it is in."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where to look in the frames of one shot.

    ``boxes`` names areas of tracks and the box of each; ``content`` is the box inside bars, all of
    the picture where there are none; ``band`` the rows in it that a caption covers, in blocks.
    """

    boxes: tuple[tuple[int, Box], ...]
    content: Box
    band: tuple[int, int] | None

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but the full picture."""
        return not self.boxes and self.band is None

    def shots(self, luma: ReducedLuma) -> Iterator[Shot]:
        """Yield what is to be hashed of one frame: its boxes, and the picture with repairs."""
        for area, box in self.boxes:
            yield area, luma, box
        if self.band:
            repaired = self.repaired(luma)
            yield Area.FILLED, repaired, repaired.whole

    def extended(self, luma: ReducedLuma) -> Iterator[Shot]:
        """Yield what is to be hashed of one frame, should it have been cropped."""
        picture = self.repaired(luma)
        area = int(Area.EXTENDED)
        for share, places in _CROPS:
            for down, across in product(places, repeat=2):
                left, right = _span(picture.width, share, across)
                top, bottom = _span(picture.height, share, down)
                yield area, picture, (left, top, right, bottom)
                area += 1

    def repaired(self, luma: ReducedLuma) -> ReducedLuma:
        """Return what is inside the bars of one frame, with the caption's band bridged."""
        picture = luma
        top = 0
        if self.content != luma.whole:
            picture, (_, above, _, _) = luma.part(self.content)
            top = above // luma.factor
        if self.band is None:
            return picture
        blocks = picture.blocks.copy()
        _bridge(blocks, self.band[0] - top, self.band[1] - top)
        return ReducedLuma(blocks, picture.factor, picture.width, picture.height)


def layout_of(frames: Sequence[ReducedLuma]) -> Layout:
    """Return the layout of a shot from some of its frames, which are of one size."""
    first = frames[0]
    picked = np.unique(np.linspace(0, len(frames) - 1, _STACK).astype(int))
    stack = np.stack([frames[index].blocks for index in picked])
    found = boxes_of(stack)
    boxes = tuple((area, _in_pixels(box, first)) for area, box in found.found)
    return Layout(boxes, _in_pixels(found.content, first), found.band)


def _in_pixels(box: Box, luma: ReducedLuma) -> Box:
    left, top, right, bottom = (side * luma.factor for side in box)
    return left, top, min(right, luma.width), min(bottom, luma.height)


def _span(side: int, share: float, place: float) -> tuple[int, int]:
    """Return where a side reaches that lost ``share`` per cent, ``place`` of them before it."""
    added = side * share / (100 - share)
    low = -round(added * place)
    return low, low + round(side + added)


def _bridge(blocks: Floats, start: int, end: int) -> None:
    """Fill the rows from ``start`` to ``end`` by going over evenly from above to below."""
    above = blocks[start - 1] if start > 0 else blocks[min(end, len(blocks) - 1)]
    below = blocks[end] if end < len(blocks) else above
    share = np.linspace(0, 1, end - start + 2, dtype=np.float32)[1:-1, np.newaxis]
    blocks[start:end] = above * (1 - share) + below * share
