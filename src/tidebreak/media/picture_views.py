"""The views of a picture, from its pixels or from what was read of a JPEG without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tidebreak.hashing.jpeg_blocks import FINEST, block_means
from tidebreak.hashing.jpeg_luma import Luma
from tidebreak.hashing.regions import aligned_views, stored_views
from tidebreak.hashing.views import ReducedLuma, views_of
from tidebreak.media.pixels import Pixels
from tidebreak.model import Depth, Turn, View, ViewKind

_LEAST_BLOCKS = 256
"""A reduced picture with a longer side of fewer blocks says too little about its parts."""

_ENOUGH_BLOCKS = 768


REGIONS: Final = "regions"


@dataclass(frozen=True, slots=True)
class Query:
    """The views by which a picture is looked up.

    They go up to ``depth``; with ``regions`` from standard depth on there are also those by which
    only enrolled media is found.
    """

    depth: Depth
    regions: bool = False


Wanted = Query | Literal["regions"] | None
"""The views of a query, `REGIONS`: the parts that are stored, or none."""


def views_of_pixels(pixels: Pixels, wanted: Wanted) -> tuple[View, ...]:
    """Return the views of canonical ``pixels`` that are ``wanted``."""
    if wanted is None:
        return ()
    luma = ReducedLuma.of(pixels)
    return tuple(stored_views(luma)) if wanted == REGIONS else _others(luma, wanted)


def views_of_jpeg(luma: Luma, orientation: int, wanted: Wanted) -> tuple[View, ...] | None:
    """Return the views of a JPEG whose pixels were not decoded; None where they have to be.

    The picture is turned as EXIF ``orientation`` (1-8) says.
    """
    if wanted is None or wanted == REGIONS:
        return None if wanted else ()
    factor = FINEST
    longest = max(luma.width, luma.height)
    if longest < FINEST * _LEAST_BLOCKS:
        return None
    if longest > FINEST * _ENOUGH_BLOCKS:
        factor = 8 * max(1, longest // (8 * _ENOUGH_BLOCKS))
    blocks = block_means(luma, factor, orientation)
    height, width = (side * factor for side in blocks.shape)
    return _others(ReducedLuma.of_blocks(blocks, factor, width, height), wanted)


def _others(luma: ReducedLuma, query: Query) -> tuple[View, ...]:
    """Return all views but the picture as it is, which has a hash of its own."""
    views = [
        view
        for view in views_of(luma, query.depth)
        if not (view.kind is ViewKind.FULL and view.turn is Turn.NONE)
    ]
    if query.regions and query.depth is not Depth.FAST:
        views += aligned_views(luma)
    return tuple(views)
