"""Decoded frames as pixels that can be hashed, and how they are meant to be turned.

Frames are never scaled: resampling before hashing moves a hash by 10 to 23 bits. The luma plane is
taken as it lies in memory wherever a format has one of its own; PDQ's bits are the same whatever
range the samples use, only its quality must know.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.model import Turn

if TYPE_CHECKING:
    from av import VideoFrame

LIMITED_SCALE = 255 / 219
"""Luma of limited range uses 16 to 235: its contrast, and so its quality, is that much lower."""

_LUMA_PLANE = re.compile(r"(?:yuv[aj]?\d{3}p|gray|nv(?:12|16|21|24|42))(9|1[0-6])?(?:le)?")
"""FFmpeg's names of formats with a plane of luma, and the bits of those that take two bytes."""

_FULL_RANGE = 2
_MATRIX = struct.Struct("=9i")

_TURNS = {
    (1, 0, 0, 1): Turn.NONE,
    (-1, 0, 0, 1): Turn.MIRROR,
    (1, 0, 0, -1): Turn.FLIP,
    (-1, 0, 0, -1): Turn.HALF,
    (0, 1, 1, 0): Turn.TRANSPOSE,
    (0, -1, 1, 0): Turn.LEFT,
    (0, 1, -1, 0): Turn.RIGHT,
    (0, -1, -1, 0): Turn.TRANSVERSE,
}
"""By the signs of a display matrix (ISO/IEC 14496-12, 6.2.2): x' = ax + cy, y' = bx + dy."""


def pixels_of(frame: VideoFrame) -> tuple[NDArray[np.uint8], float]:
    """Return the pixels of ``frame``, and by what their contrast must be multiplied.

    uint8 (height, width): luma; or (height, width, 3): red, green, blue. They may lie in the
    frame's own memory and go with it.
    """
    kind = frame.format
    if kind.is_rgb or kind.has_palette or kind.is_bayer:
        return _plane(frame.reformat(format="rgb24"), 3).reshape(frame.height, frame.width, 3), 1.0
    bits = _bits_of_luma_plane(frame)
    if bits == 8:
        return _plane(frame, 1), _scale(frame)
    if bits:
        samples = _plane(frame, 2).view("<u2")
        return (samples >> (bits - 8)).astype(np.uint8), _scale(frame)
    grey = frame.reformat(format="gray")
    return _plane(grey, 1), _scale(grey)


def turn_of(frame: VideoFrame) -> Turn:
    """Return how ``frame`` is to be turned to be upright, by its display matrix.

    Players turn by whole quarters only, and so does this: other matrices count as none.
    """
    side_data: Any = frame.side_data
    try:
        a, b, _, c, d, *_ = _MATRIX.unpack(bytes(side_data["DISPLAYMATRIX"]))
    except (KeyError, struct.error):
        return Turn.NONE
    signs = (_sign(a), _sign(b), _sign(c), _sign(d))
    return _TURNS.get(signs, Turn.NONE)


def _plane(frame: VideoFrame, sample_bytes: int) -> NDArray[np.uint8]:
    """Return the first plane, uint8 of shape (height, width * sample_bytes)."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    rows = rows[: frame.height * plane.line_size].reshape(frame.height, plane.line_size)
    return rows[:, : frame.width * sample_bytes]


def _bits_of_luma_plane(frame: VideoFrame) -> int:
    """Return how many bits the samples of a plane of luma alone have; 0 when there is none."""
    found = _LUMA_PLANE.fullmatch(frame.format.name)
    # A negative line size: stored from the bottom up.
    return int(found[1] or 8) if found and frame.planes[0].line_size > 0 else 0


def _scale(frame: VideoFrame) -> float:
    full = frame.color_range == _FULL_RANGE or frame.format.name.startswith(("yuvj", "gray"))
    return 1.0 if full else LIMITED_SCALE


def _sign(value: int) -> int:
    # 16.16 fixed point; what is left of a rotation's sine after rounding counts as nothing.
    return 0 if abs(value) < 1 << 12 else 1 if value > 0 else -1
