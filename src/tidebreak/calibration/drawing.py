"""What edited and drawn pictures share: colours, words, text, fitting one picture into another.

Only Pillow's own font is used, so that a seed draws the same picture on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Item = TypeVar("Item")
Rng = np.random.Generator
Picture = Image.Image
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

_WORDS = (
    "tide", "harbour", "lantern", "maple", "quiet", "river", "amber", "field", "copper", "window",
    "garden", "paper", "morning", "winter", "ladder", "silver", "kitchen", "meadow", "button",
    "orchard", "ticket", "summer", "gravel", "pencil", "island", "market", "bridge", "cotton",
    "thunder", "pocket", "village", "basket", "candle", "forest", "railway", "honey", "marble",
)  # fmt: skip


def between(rng: Rng, low: float, high: float) -> float:
    """Return a number drawn evenly from ``low`` to ``high``."""
    return float(rng.uniform(low, high))


def whole(rng: Rng, low: int, high: int) -> int:
    """Return an integer drawn evenly from ``low`` to ``high``, both included."""
    return int(rng.integers(low, high + 1))


def chance(rng: Rng, share: float) -> bool:
    """Return True in ``share`` of all draws."""
    return bool(rng.random() < share)


def pick(rng: Rng, items: Sequence[Item]) -> Item:
    """Return one of ``items``."""
    return items[int(rng.integers(len(items)))]


def colour(rng: Rng, low: int = 0, high: int = 255) -> Colour:
    """Return any colour with channels from ``low`` to ``high``."""
    red, green, blue = (whole(rng, low, high) for _ in range(3))
    return red, green, blue


def shade(rng: Rng, level: int, spread: int = 6, tint: int = 3) -> Colour:
    """Return nearly grey of about ``level``, as interfaces and frames use it."""
    grey = level + whole(rng, -spread, spread)
    red, green, blue = (int(np.clip(grey + whole(rng, -tint, tint), 0, 255)) for _ in range(3))
    return red, green, blue


def readable_on(back: Colour) -> Colour:
    """Return black or white, whichever stands out on ``back``."""
    red, green, blue = back
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 127 else (255, 255, 255)


def words(rng: Rng, low: int, high: int) -> str:
    """Return ``low`` to ``high`` words as a sentence."""
    return " ".join(pick(rng, _WORDS) for _ in range(whole(rng, low, high))).capitalize()


@cache
def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return Pillow's own font at ``size`` pixels."""
    return ImageFont.load_default(max(6, size))


def write(draw: ImageDraw.ImageDraw, box: Box, text: str, size: int, fill: Colour) -> int:
    """Write ``text`` into ``box``, broken into lines; return the y below the last line."""
    left, y, right, bottom = box
    line = ""
    for word in [*text.split(), ""]:
        longer = f"{line} {word}".strip()
        if word and draw.textlength(longer, font(size)) <= right - left:
            line = longer
            continue
        if y + size > bottom:
            break
        draw.text((left, y), line, fill, font(size))
        y += round(size * 1.35)
        line = word
    return y


def write_centred(
    draw: ImageDraw.ImageDraw, box: Box, text: str, size: int, fill: Colour, stroke: int = 0
) -> None:
    """Write one line in the middle of ``box``, smaller where it would not fit; black stroke."""
    left, top, right, bottom = box
    while size > 8 and draw.textlength(text, font(size)) > 0.94 * (right - left):
        size -= max(1, size // 10)
    middle = ((left + right) // 2, (top + bottom) // 2)
    draw.text(middle, text, fill, font(size), "mm", stroke_width=stroke, stroke_fill=(0, 0, 0))


def resized(picture: Picture, width: float, height: float) -> Picture:
    """Return ``picture`` at this size, at least one pixel each way, by Lanczos's filter."""
    size = max(1, round(width)), max(1, round(height))
    return picture.resize(size, Image.Resampling.LANCZOS)


def fitted(picture: Picture, width: float, height: float) -> Picture:
    """Return all of ``picture``, as large as fits into this size."""
    scale = min(width / picture.width, height / picture.height)
    return resized(picture, picture.width * scale, picture.height * scale)


def covering(picture: Picture, width: int, height: int) -> Picture:
    """Return the middle of ``picture``, enlarged or reduced until it fills this size."""
    scale = max(width / picture.width, height / picture.height)
    large = resized(picture, max(width, picture.width * scale), max(height, picture.height * scale))
    left, top = (large.width - width) // 2, (large.height - height) // 2
    return large.crop((left, top, left + width, top + height))


def scene(rng: Rng, width: int, height: int) -> Picture:
    """Return a picture of coloured 1/f noise, whose spectrum is that of photographs.

    D. J. Field, Relations between the statistics of natural images and the response properties
    of cortical cells, JOSA A 4 (1987).
    """
    across, down = np.meshgrid(np.fft.rfftfreq(width), np.fft.fftfreq(height))
    falloff = 1 / np.maximum(np.hypot(across, down), 1 / max(width, height))
    falloff[0, 0] = 0
    channels = np.empty((height, width, 3))
    shared = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
    for channel in range(3):
        own = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
        channels[..., channel] = np.fft.irfft2(falloff * (shared + 0.4 * own), (height, width))
    channels *= 50 / channels.std()
    return Image.fromarray(np.clip(channels + 120, 0, 255).astype(np.uint8))
