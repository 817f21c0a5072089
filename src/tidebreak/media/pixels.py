"""Canonical pixels: the one normal form in which a decoded picture is hashed.

Version 1, written down in ``docs/pixels.md``: 8 bits per channel, grey or red-green-blue, upright,
on white. Whatever changes here changes hashes, and with them `VERSION`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

VERSION = "pdq-1"

Pixels = NDArray[np.uint8]
"""(height, width) for grey, (height, width, 3) for colour."""

_ORIENTATION_TAG = 0x0112
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FLOAT_SCALES = (1.0, 255.0, 65535.0)


class NoPixels(Exception):
    """A decoded picture shows nothing that could be hashed; the text says why."""


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation (1-8) that is still to be applied to ``image``.

    Decoders that turn the picture themselves (TIFF, HEIC) report 1 once it is loaded.
    """
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except (ValueError, OSError, SyntaxError, KeyError, TypeError, OverflowError):
        return 1  # a damaged EXIF block says nothing about the picture
    return value if value in _TRANSPOSE else 1


def canonical(image: Image.Image) -> Pixels:
    """Return the canonical pixels of a loaded ``image``; raise `NoPixels` when it has none.

    The orientation must be read with `orientation_of` after loading; it is applied here.
    """
    flat = _eight_bits(image)
    turn = _TRANSPOSE.get(orientation_of(image))
    return np.asarray(flat if turn is None else flat.transpose(turn))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return ``image`` in mode L or RGB."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return Image.fromarray(_scaled(image))
    if image.has_transparency_data:
        return _on_white(image)
    if mode in ("L", "RGB"):
        return image
    return image.convert("L" if mode == "1" else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Composite on white, so that colour hidden under full transparency never counts."""
    layered = image.convert("RGBA")
    least, most = _extent(layered.getchannel("A"))
    if most == 0:
        raise NoPixels("fully transparent: there is nothing to see")
    if least == 255:
        return layered.convert("RGB")
    white = Image.new("RGBA", layered.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, layered).convert("RGB")


def _extent(channel: Image.Image) -> tuple[int, int]:
    values: Any = channel.getextrema()
    return int(values[0]), int(values[1])


def _scaled(image: Image.Image) -> Pixels:
    """Scale 16-bit, 32-bit and floating-point grey linearly to 0-255, rounding to nearest."""
    values = np.asarray(image)
    if values.dtype.kind == "f":
        values = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
        full = next((scale for scale in _FLOAT_SCALES if values.max() <= scale), 0.0)
        if not full:
            raise NoPixels("floating-point samples beyond every known scale")
    else:
        full = float(_integer_scale(image))
        if full > 2**31:
            values = values.view(np.uint32)
    scaled = np.rint(np.clip(values, 0, full) * (255.0 / full)).astype(np.uint8)
    # Where zero means white (TIFF, tag 262), the decoder turns only 8 bits and less around.
    return 255 - scaled if _tiff_tags(image).get(262) == 0 else scaled


def _integer_scale(image: Image.Image) -> int:
    """Return the largest sample value."""
    tags = _tiff_tags(image)
    bits, signed = int(tags.get(258, (16,))[0]), tags.get(339, (1,))[0] == 2
    return (1 << (bits - signed)) - 1


def _tiff_tags(image: Image.Image) -> Mapping[int, Any]:
    return getattr(image, "tag_v2", {})
