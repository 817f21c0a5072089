"""The loops behind the views: reduce a picture once, then hash any part of it.

Reduced luma is float32 of shape (rows, columns): means of blocks of ``factor`` × ``factor``
pixels. Grids are float32 of shape (64, 64), blocks of coefficients float32 of shape (16, 16).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Floats, readonly_rows
from tidebreak.kernels import kernel, reordering_kernel, warmable

Places = NDArray[np.int32]


@reordering_kernel
def reduce_luma(pixels: Bytes, factor: int, reduced: Floats) -> None:
    """Fill ``reduced`` with the mean luma of each block of ``pixels`` (height, width, channels).

    Blocks at the right and lower edges average the pixels that there are.
    """
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    sums = np.empty(width * channels, np.float32)
    luma = np.empty(width, np.float32)
    for row in range(reduced.shape[0]):
        top, bottom = row * factor, min(row * factor + factor, height)
        sums[:] = np.float32(0)
        for y in range(top, bottom):
            line = flat[y]
            for x in range(width * channels):
                sums[x] += np.float32(line[x])
        if channels == 3:
            for x in range(width):
                red, green, blue = sums[3 * x], sums[3 * x + 1], sums[3 * x + 2]
                luma[x] = (
                    np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
                )
        else:
            luma[:] = sums
        for column in range(reduced.shape[1]):
            left, right = column * factor, min(column * factor + factor, width)
            total = np.float32(0)
            for x in range(left, right):
                total += luma[x]
            reduced[row, column] = total / np.float32((bottom - top) * (right - left))


@kernel
def box_taps(
    low: int,
    high: int,
    blocks: int,
    factor: int,
    backwards: bool,
    starts: Places,
    counts: Places,
    weights: Floats,
) -> None:
    """Fold PDQ's weights for the pixels ``low`` to ``high`` of a side onto blocks of ``factor``.

    Row ``o`` of ``weights`` gets ``counts[o]`` weights, from block ``starts[o]`` on. They are
    those of `tidebreak.hashing.pdq_weights` for a side of ``high - low`` pixels, which may reach
    beyond the picture's ``blocks``: the outermost ones continue it. ``backwards`` reads the
    pixels from high to low, as a mirrored picture has them.
    """
    length = high - low
    window = (length + 127) // 128
    ahead = (window + 2) // 2 - 1
    back = window - 1 - ahead
    steps = np.empty(2 * window + 2, np.float64)
    for o in range(64):
        centre = int(((o + 0.5) * length) / 64)
        first, last = max(0, centre - back), min(length - 1, centre + ahead)
        start, end = max(0, first - back), min(length - 1, last + ahead)
        steps[:] = 0.0
        for k in range(first, last + 1):
            p, q = max(0, k - back), min(length - 1, k + ahead)
            share = 1.0 / ((q - p + 1) * (last - first + 1))
            steps[p - start] += share
            steps[q + 1 - start] -= share
        a, b = low + start, low + end
        if backwards:
            a, b = high - 1 - end, high - 1 - start
        starts[o] = min(max(a // factor, 0), blocks - 1)
        counts[o] = min(max(b // factor, 0), blocks - 1) - starts[o] + 1
        weights[o, : counts[o]] = np.float32(0)
        tent = 0.0
        for x in range(start, end + 1):
            tent += steps[x - start]
            place = high - 1 - x if backwards else low + x
            block = min(max(place // factor, 0), blocks - 1)
            weights[o, block - starts[o]] += np.float32(tent)


@reordering_kernel
def fold_rows(
    reduced: Floats, starts: Places, counts: Places, weights: Floats, rows: Floats
) -> None:
    """Fill ``rows`` (columns of ``reduced``, 64) with the banded product along the height."""
    sums = np.empty(reduced.shape[1], np.float32)
    for o in range(64):
        sums[:] = np.float32(0)
        for k in range(counts[o]):
            weight, line = weights[o, k], reduced[starts[o] + k]
            for j in range(len(sums)):
                sums[j] += weight * line[j]
        for j in range(len(sums)):
            rows[j, o] = sums[j]


@reordering_kernel
def fold_columns(
    rows: Floats, starts: Places, counts: Places, weights: Floats, grid: Floats
) -> None:
    """Fill ``grid`` with the banded product of ``rows``, from `fold_rows`, along the width."""
    sums = np.empty(64, np.float32)
    for o in range(64):
        sums[:] = np.float32(0)
        for k in range(counts[o]):
            weight, line = weights[o, k], rows[starts[o] + k]
            for i in range(64):
                sums[i] += weight * line[i]
        for i in range(64):
            grid[i, o] = sums[i]


@kernel
def sample_turned(reduced: Floats, frame: Floats, upright: Floats) -> None:
    """Fill ``upright`` from a picture that stands tilted in ``reduced``, bilinearly.

    ``frame`` holds, in blocks, how far the tilted picture reaches to the left of the middle of
    ``reduced`` and above it, and the distance of two samples; then the cosine and the sine of
    the angle by which it was turned counter-clockwise. Nothing nearer than a block to its edges
    is taken, since the ground shows there.
    """
    rows, columns = reduced.shape
    left, top, step, cosine, sine = frame[0], frame[1], frame[2], frame[3], frame[4]
    tall, wide = upright.shape
    for i in range(tall):
        v = min(max((i + np.float32(0.5)) * step, np.float32(1)), tall * step - 1) - top
        for j in range(wide):
            u = min(max((j + np.float32(0.5)) * step, np.float32(1)), wide * step - 1) - left
            x = columns * np.float32(0.5) + cosine * u + sine * v - np.float32(0.5)
            y = rows * np.float32(0.5) - sine * u + cosine * v - np.float32(0.5)
            x = min(max(x, np.float32(0)), np.float32(columns - 1.001))
            y = min(max(y, np.float32(0)), np.float32(rows - 1.001))
            a, b = int(x), int(y)
            right, below = x - a, y - b
            upper = reduced[b, a] + right * (reduced[b, a + 1] - reduced[b, a])
            lower = reduced[b + 1, a] + right * (reduced[b + 1, a + 1] - reduced[b + 1, a])
            upright[i, j] = upper + below * (lower - upper)


@reordering_kernel
def transform_grids(
    grids: Floats, matrix: Floats, blocks: Floats, steps: NDArray[np.int64]
) -> None:
    """Fill ``blocks`` (N, 16, 16) with the cosines of ``grids`` (N, 64, 64).

    ``steps`` (N,) gets PDQ's sum of gradients, which its quality is made of.
    """
    rows = np.empty((16, 64), np.float32)
    for n in range(grids.shape[0]):
        grid = grids[n]
        rows[:] = np.float32(0)
        for i in range(16):
            for k in range(64):
                weight = matrix[i, k]
                for j in range(64):
                    rows[i, j] += weight * grid[k, j]
        for i in range(16):
            for j in range(16):
                total = np.float32(0)
                for k in range(64):
                    total += rows[i, k] * matrix[j, k]
                blocks[n, i, j] = total
        count = 0
        for i in range(63):
            for j in range(64):
                count += int(abs(grid[i, j] - grid[i + 1, j]) * np.float32(100) / np.float32(255))
        for i in range(64):
            for j in range(63):
                count += int(abs(grid[i, j] - grid[i, j + 1]) * np.float32(100) / np.float32(255))
        steps[n] = count


def warm() -> None:
    """Compile or load every kernel of this module."""
    reduced = np.zeros((64, 64), np.float32)
    reduce_luma(readonly_rows(np.zeros((64, 64, 3), np.uint8)), 1, reduced)
    starts, counts = np.zeros(64, np.int32), np.zeros(64, np.int32)
    weights = np.zeros((64, 8), np.float32)
    box_taps(0, 64, 64, 1, False, starts, counts, weights)
    grids, rows = np.zeros((1, 64, 64), np.float32), np.zeros((64, 64), np.float32)
    fold_rows(reduced, starts, counts, weights, rows)
    fold_columns(rows, starts, counts, weights, grids[0])
    sample_turned(reduced, np.ones(5, np.float32), grids[0])
    cosines, blocks = np.zeros((16, 64), np.float32), np.zeros((1, 16, 16), np.float32)
    transform_grids(grids, cosines, blocks, np.zeros(1, np.int64))


warmable(__name__)
