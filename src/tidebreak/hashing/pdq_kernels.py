"""The loops of PDQ: the folded operator, the reference's own filter, and the DCT.

`fold` reads every pixel once and is exact up to rounding. `reference_grid` performs the
additions of Meta's implementation (facebook/ThreatExchange, ``pdq/cpp``) one by one, in the same
order and in float32, for the rare picture in which rounding could turn a bit.

All grids are float32 of shape (64, 64), blocks float32 of shape (16, 16); pixels are uint8 of
shape (height, width, channels) with one channel (grey) or three (red, green, blue).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats, readonly_rows
from tidebreak.hashing.pdq_weights import GRID, positions, weights, window
from tidebreak.kernels import kernel, reordering_kernel, warmable

Pixels = NDArray[np.uint8]
Places = NDArray[np.int32]


@reordering_kernel
def fold(
    pixels: Pixels,
    y_starts: Places,
    y_counts: Places,
    y_weights: Floats,
    x_starts: Places,
    x_counts: Places,
    x_weights: Floats,
    grid: Floats,
) -> None:
    """Fill ``grid`` with the banded products ``rows @ luma(pixels) @ columns.T``."""
    height, width, channels = pixels.shape
    flat = pixels.reshape(height, width * channels)
    sums = np.empty(width * channels, np.float32)
    luma = np.empty(width, np.float32)
    for row in range(64):
        sums[:] = np.float32(0)
        first, count = y_starts[row], y_counts[row]
        k = 0
        # Four rows per sweep: the sums travel to and from the cache a quarter as often.
        while k + 4 <= count:
            a, b = y_weights[row, k], y_weights[row, k + 1]
            c, d = y_weights[row, k + 2], y_weights[row, k + 3]
            p, q = flat[first + k], flat[first + k + 1]
            r, s = flat[first + k + 2], flat[first + k + 3]
            for j in range(width * channels):
                upper = a * np.float32(p[j]) + b * np.float32(q[j])
                sums[j] += upper + c * np.float32(r[j]) + d * np.float32(s[j])
            k += 4
        while k < count:
            a, p = y_weights[row, k], flat[first + k]
            for j in range(width * channels):
                sums[j] += a * np.float32(p[j])
            k += 1
        if channels == 3:
            for j in range(width):
                red, green, blue = sums[3 * j], sums[3 * j + 1], sums[3 * j + 2]
                luma[j] = (
                    np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
                )
        else:
            luma[:] = sums
        for column in range(64):
            total = np.float32(0)
            start = x_starts[column]
            for k in range(x_counts[column]):
                total += luma[start + k] * x_weights[column, k]
            grid[row, column] = total


@kernel
def transform(grid: Floats, matrix: Floats, block: Floats) -> None:
    """Fill ``block`` with ``matrix @ grid @ matrix.T``, adding in the reference's order."""
    rows = np.zeros((16, 64), np.float32)
    for i in range(16):
        for k in range(64):
            for j in range(64):
                rows[i, j] += matrix[i, k] * grid[k, j]
    columns = matrix.T.copy()
    block[:, :] = np.float32(0)
    for i in range(16):
        for k in range(64):
            for j in range(16):
                block[i, j] += rows[i, k] * columns[k, j]


@kernel
def _box(source: Floats, target: Floats, width: int) -> None:
    """Average ``source`` along its first axis with a running box of ``width``, clipped."""
    length, lanes = source.shape
    ahead = (width + 2) // 2 - 1
    total = np.zeros(lanes, np.float32)
    count = 0
    for step in range(length + ahead):
        if step < length:
            count += 1
            for lane in range(lanes):
                total[lane] += source[step, lane]
        if step >= width:
            count -= 1
            for lane in range(lanes):
                total[lane] -= source[step - width, lane]
        if step >= ahead:
            divisor = np.float32(count)
            for lane in range(lanes):
                target[step - ahead, lane] = total[lane] / divisor


@kernel
def _luma(pixels: Pixels, top: int, rows: int, strip: Floats) -> None:
    """Fill ``strip`` (width, 16) with the luma of up to 16 rows, transposed."""
    channels = pixels.shape[2]
    for lane in range(rows):
        for j in range(pixels.shape[1]):
            red = pixels[top + lane, j, 0]
            green = pixels[top + lane, j, channels // 2]
            blue = pixels[top + lane, j, channels - 1]
            strip[j, lane] = np.float32(red * 0.299 + green * 0.587 + blue * 0.114)


@kernel
def reference_grid(
    pixels: Pixels,
    x_width: int,
    y_width: int,
    x_kept: NDArray[np.int64],
    y_kept: NDArray[np.int64],
    grid: Floats,
) -> None:
    """Fill ``grid`` from ``pixels`` with the reference's running sums.

    Blurs rows, columns, rows, columns and keeps 64 positions of each. The picture streams
    through in strips of 16 rows, so memory grows with its width, not with its area.
    """
    height, width = pixels.shape[0], pixels.shape[1]
    ahead = (y_width + 2) // 2 - 1
    strip = np.zeros((width, 16), np.float32)
    blurred = np.zeros((width, 16), np.float32)
    pending = np.zeros((width, 16), np.float32)
    twice = np.zeros((width, 16), np.float32)
    ring = np.zeros((y_width + 1, width), np.float32)
    total = np.zeros(width, np.float32)
    kept = np.empty((height, 64), np.float32)
    count = 0
    for step in range(height + ahead):
        if step < height:
            if step % 16 == 0:
                _luma(pixels, step, min(16, height - step), strip)
                _box(strip, blurred, x_width)
            count += 1
            fresh = ring[step % (y_width + 1)]
            for j in range(width):
                fresh[j] = blurred[j, step % 16]
                total[j] += fresh[j]
        if step >= y_width:
            count -= 1
            stale = ring[(step - y_width) % (y_width + 1)]
            for j in range(width):
                total[j] -= stale[j]
        row = step - ahead
        if row >= 0:
            divisor = np.float32(count)
            for j in range(width):
                pending[j, row % 16] = total[j] / divisor
            if row % 16 == 15 or row == height - 1:
                _box(pending, twice, x_width)
                for lane in range(row % 16 + 1):
                    for o in range(64):
                        kept[row - row % 16 + lane, o] = twice[x_kept[o], lane]
    blurred_columns = np.empty((height, 64), np.float32)
    _box(kept, blurred_columns, y_width)
    for o in range(64):
        grid[o] = blurred_columns[y_kept[o]]


def folded_grid(pixels: Pixels) -> Floats:
    """Return PDQ's grid by the folded operator."""
    y, x = weights(pixels.shape[0]), weights(pixels.shape[1])
    grid = np.empty((GRID, GRID), np.float32)
    fold(
        readonly_rows(pixels),
        *(y.starts, y.counts, y.weights[0]),
        *(x.starts, x.counts, x.weights[0]),
        grid,
    )
    return grid


def exact_grid(pixels: Pixels) -> Floats:
    """Return PDQ's grid with the very roundings of the reference."""
    height, width = pixels.shape[:2]
    grid = np.empty((GRID, GRID), np.float32)
    if (height, width) == (GRID, GRID):
        strip = np.empty((GRID, 16), np.float32)
        for top in range(0, GRID, 16):
            _luma(readonly_rows(pixels), top, 16, strip)
            grid[top : top + 16] = strip.T
        return grid
    reference_grid(
        readonly_rows(pixels),
        *(window(width), window(height)),
        *(positions(width), positions(height)),
        grid,
    )
    return grid


def warm() -> None:
    """Compile or load every kernel of this module."""
    pixels = np.zeros((GRID, GRID + 1, 1), np.uint8)
    block = np.empty((16, 16), np.float32)
    transform(folded_grid(pixels), np.zeros((16, GRID), np.float32), block)
    exact_grid(pixels)
    exact_grid(pixels[:, :GRID])


warmable(__name__)
