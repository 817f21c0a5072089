"""Small videos for tests: a window that wanders over a made-up landscape, encoded by PyAV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def landscape(seed: int, height: int = 400, width: int = 600) -> Picture:
    """Return a grey picture with detail at every scale, as photographs have."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width))
    for cells in (3, 6, 12, 24, 48):
        rows, columns = np.linspace(0, cells, height), np.linspace(0, cells * 3 // 2, width)
        total += (
            _smooth(random.normal(size=(cells + 2, cells * 3 // 2 + 2)), rows, columns) / cells**0.8
        )
    low, high = np.percentile(total, (1, 99))
    return np.clip((total - low) / (high - low) * 220 + 16, 0, 255).astype(np.uint8)


def _smooth(grid: NDArray[np.float64], rows: NDArray[np.float64], columns: NDArray[np.float64]):
    i, j = rows.astype(int), columns.astype(int)
    v, u = (rows - i)[:, np.newaxis], (columns - j)[np.newaxis]
    v, u = v * v * (3 - 2 * v), u * u * (3 - 2 * u)
    upper = grid[i][:, j] * (1 - u) + grid[i][:, j + 1] * u
    lower = grid[i + 1][:, j] * (1 - u) + grid[i + 1][:, j + 1] * u
    return upper * (1 - v) + lower * v


def wander(seed: int, count: int, height: int = 180, width: int = 320) -> Iterator[Picture]:
    """Yield ``count`` grey frames of a window that moves over a landscape."""
    ground = landscape(seed, height * 2, width * 2)
    for number in range(count):
        y = int(height / 2 * (1 + np.sin(number / 20 + seed)))
        x = int(width / 2 * (1 + np.cos(number / 25 + 2 * seed)))
        yield ground[y : y + height, x : x + width]


def encode(
    frames: Iterable[Picture],
    container: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: int = 25,
    rotation: int = 0,
    **options: str,
) -> bytes:
    """Return a video of grey or RGB ``frames``."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as made:
        stream = None
        for number, picture in enumerate(frames):
            if stream is None:
                stream = made.add_stream(codec, rate=rate, options=options)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pixels
                stream.thread_count, stream.bit_rate = 1, 4_000_000
                if rotation:
                    stream.set_display_rotation(rotation)
            kind = "gray" if picture.ndim == 2 else "rgb24"
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), kind)
            frame.pts, frame.time_base = number, Fraction(1, rate)
            made.mux(stream.encode(frame))
        if stream is not None:
            made.mux(stream.encode(None))
    return out.getvalue()
