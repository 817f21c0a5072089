"""A JPEG's luma at a small part of its size, from the coefficients that PDQ needs anyway.

The lowest coefficients of an 8 × 8 block say what the means of its four quarters are, up to the
finer detail that was not read: enough for the views of a large picture, without decoding it.
Source: ITU-T T.81, A.3.3 (the transform).
"""

from __future__ import annotations

import numpy as np

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.jpeg_luma import Luma
from tidebreak.hashing.jpeg_zigzag import ZIGZAG

FINEST = 4
"""Pixels along each side of the smallest mean."""

_TURNED = {2: "x", 3: "xy", 4: "y", 5: "t", 6: "tx", 7: "txy", 8: "ty"}


def _halves() -> Floats:
    """Return what a coefficient of each frequency adds to the means of both halves: (8, 2)."""
    k, x = np.arange(8)[:, np.newaxis], np.arange(8)
    basis = np.cos((2 * x + 1) * k * np.pi / 16) * np.where(k == 0, np.sqrt(1 / 8), 0.5)
    return basis.reshape(8, 2, 4).mean(axis=2).astype(np.float32)


def block_means(luma: Luma, factor: int, orientation: int = 1) -> Floats:
    """Return means of ``factor`` × ``factor`` pixels, float32 (rows, columns), as pixels are.

    ``factor`` is 4, 8 or a multiple of 8. The picture is turned as EXIF ``orientation`` says;
    pixels at its right and lower edges that fill no whole mean are left out before.
    """
    means = _quarters(luma) if factor == FINEST else _whole_blocks(luma, factor // 8)
    means = means[: luma.height // factor, : luma.width // factor]
    pixels = np.clip(means + np.float32(128), 0, 255).astype(np.float32)
    return np.ascontiguousarray(_upright(pixels, orientation))


def _quarters(luma: Luma) -> Floats:
    halves = _halves()
    count, down, across = luma.kept.shape
    v, u = ZIGZAG[:count].T
    weights = (halves[v][:, :, np.newaxis] * halves[u][:, np.newaxis]).reshape(count, 4)
    weights *= luma.steps[:, np.newaxis]
    means: Floats = weights.T.astype(np.float32) @ luma.kept.reshape(count, -1).astype(np.float32)
    return means.reshape(2, 2, down, across).transpose(2, 0, 3, 1).reshape(2 * down, 2 * across)


def _whole_blocks(luma: Luma, times: int) -> Floats:
    means = luma.kept[0] * (luma.steps[:1] / np.float32(8))
    rows, columns = (side // times for side in means.shape)
    kept = means[: rows * times, : columns * times].reshape(rows, times, columns, times)
    return kept.mean(axis=(1, 3), dtype=np.float32)


def _upright(blocks: Floats, orientation: int) -> Floats:
    how = _TURNED.get(orientation, "")
    if "t" in how:
        blocks = blocks.T
    return blocks[:: -1 if "y" in how else 1, :: -1 if "x" in how else 1]
