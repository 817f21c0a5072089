"""The views of a picture, from its pixels or from what was read of a JPEG without decoding it."""

from __future__ import annotations

from tidebreak.hashing.jpeg_blocks import FINEST, block_means
from tidebreak.hashing.jpeg_luma import Luma
from tidebreak.hashing.views import ReducedLuma, views_of
from tidebreak.media.pixels import Pixels
from tidebreak.model import Depth, Turn, View, ViewKind

_LEAST_BLOCKS = 256
"""A reduced picture with a longer side of fewer blocks says too little about its parts."""

_ENOUGH_BLOCKS = 768


def views_of_pixels(pixels: Pixels, depth: Depth | None) -> tuple[View, ...]:
    """Return the views of canonical ``pixels`` up to ``depth``; none without one."""
    return () if depth is None else _others(ReducedLuma.of(pixels), depth)


def views_of_jpeg(luma: Luma, orientation: int, depth: Depth | None) -> tuple[View, ...] | None:
    """Return the views of a JPEG whose pixels were not decoded; None where they have to be.

    The picture is turned as EXIF ``orientation`` (1-8) says.
    """
    if depth is None:
        return ()
    factor = FINEST
    longest = max(luma.width, luma.height)
    if longest < FINEST * _LEAST_BLOCKS:
        return None
    if longest > FINEST * _ENOUGH_BLOCKS:
        factor = 8 * max(1, longest // (8 * _ENOUGH_BLOCKS))
    blocks = block_means(luma, factor, orientation)
    height, width = (side * factor for side in blocks.shape)
    return _others(ReducedLuma.of_blocks(blocks, factor, width, height), depth)


def _others(luma: ReducedLuma, depth: Depth) -> tuple[View, ...]:
    """Return all views but the picture as it is, which has a hash of its own."""
    return tuple(
        view
        for view in views_of(luma, depth)
        if not (view.kind is ViewKind.FULL and view.turn is Turn.NONE)
    )
