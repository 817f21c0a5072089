"""PDQ straight from the coefficients of a JPEG, without decoding its pixels.

A block's lowest DCT coefficients say all that PDQ's wide filter can see of it: luma is linear in
them, and so is everything up to PDQ's median. So this reads only those few coefficients of the
luma component and applies the filter in their basis (`pdq_weights.cosine_weights`). What is lost
is the clamping of colours to 0-255 and the finest detail: a few bits at most, on sides from
`SMALLEST_SIDE` on.

Baseline, extended and progressive Huffman JPEGs are read, grey or YCbCr, with 8 bits and luma at
full resolution. Anything else, and anything damaged, is left to the full decoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak import kernels
from tidebreak.hashing.jpeg_huffman import Coded, Tables, coded, tables_of
from tidebreak.hashing.jpeg_huffman import warm as warm_huffman
from tidebreak.hashing.jpeg_markers import Corrupt, Frame, HuffmanTable, Reader, Refused, Scan
from tidebreak.hashing.jpeg_progressive import decode_ac_first, decode_ac_refining, decode_dc
from tidebreak.hashing.jpeg_sequential import Layout, decode_sequential
from tidebreak.hashing.pdq import PdqHash, bits_of_block, dct_block, quality_of_grid
from tidebreak.hashing.pdq_weights import GRID, Taps, cosine_weights

SMALLEST_SIDE = 640
"""Below, PDQ's filter is narrow enough to see more of a block than is read of it."""

_TOLERANCE = 16.0
"""What refinements to come may still add to a coefficient: at most 3 levels of grey."""

_CLOSE, _CROWD = 0.5, 16
"""The error of a coefficient is 0.1 on most pictures and 0.5 on the worst."""

_ZIGZAG = np.array(
    [(0, 0), (0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0)], np.int64
)
"""Vertical and horizontal frequency of the first coefficients."""


@dataclass(frozen=True, slots=True, eq=False)
class Luma:
    """The lowest luma coefficients of a picture of ``width`` × ``height`` pixels.

    ``kept`` is int16 of shape (coefficients in zigzag order, block rows, block columns), still
    quantised; ``steps`` holds the quantisation step of each, float32.
    """

    width: int
    height: int
    kept: NDArray[np.int16]
    steps: NDArray[np.float32]


def pdq_from_jpeg(data: bytes, orientation: int = 1) -> PdqHash | None:
    """Return the hash of the JPEG in ``data``, turned as EXIF ``orientation`` (1-8) says.

    None where the full decoder has to look at it: too small, damaged, not a kind read here, or
    a picture so even that more than a few bits could differ.
    """
    try:
        luma = read_luma(data)
    except Refused:
        return None
    if min(luma.width, luma.height) < SMALLEST_SIDE:
        return None
    grid = grid_of(luma, orientation)
    block = dct_block(grid)
    return None if _is_crowded(block) else PdqHash(bits_of_block(block), quality_of_grid(grid))


def _is_crowded(block: NDArray[np.float32]) -> bool:
    """Whether so many coefficients lie close to their median that a few bits could turn."""
    median = np.median(block)
    return int(np.count_nonzero(np.abs(block - median) < _CLOSE)) > _CROWD


def is_corrupt(data: bytes) -> bool:
    """Whether the data of a JPEG break off or make no sense, which most decoders do not tell."""
    try:
        read_luma(data)
    except Corrupt:
        return True
    except Refused:
        return False
    return False


def read_luma(data: bytes) -> Luma:
    """Read the luma coefficients that PDQ needs; raise `Refused` where that cannot be done."""
    reader = Reader(data)
    picture: _Picture | None = None
    for scan in reader.scans():
        if picture is None:
            picture = _Picture(_checked_frame(reader), _steps(reader), data)
        if scan.parts[0].component == 0:
            reader.position = picture.take(scan)
            if picture.is_complete:
                break
    if picture is None or not picture.is_complete or data.rfind(b"\xff\xd9") < reader.position:
        raise Corrupt("scans are missing")
    return Luma(picture.frame.width, picture.frame.height, picture.kept, picture.steps)


def grid_of(luma: Luma, orientation: int = 1) -> NDArray[np.float32]:
    """Return PDQ's 64 × 64 grid of samples of the picture, turned upright."""
    terms = int(_ZIGZAG[: len(luma.kept)].max()) + 1
    rows = cosine_weights(luma.height, terms, mirrored=orientation in (3, 4, 6, 7))
    columns = cosine_weights(luma.width, terms, mirrored=orientation in (2, 3, 7, 8))
    grid = np.empty((GRID, GRID), np.float32)
    _project(luma.kept, luma.steps, _ZIGZAG, *_parts(rows), *_parts(columns), grid)
    return np.ascontiguousarray(grid.T) if orientation >= 5 else grid


def _parts(taps: Taps) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    return taps.starts, taps.counts, taps.weights


def _checked_frame(reader: Reader) -> Frame:
    frame = reader.frame
    if frame is None or not reader.is_luma_first:
        raise Refused("not grey or YCbCr")
    luma, *chroma = frame.components
    if any(luma.across % c.across or luma.down % c.down for c in chroma):
        raise Refused("luma is not at full resolution")
    return frame


def _steps(reader: Reader) -> tuple[int, ...]:
    """Return luma's quantisation steps in zigzag order."""
    table = reader.frame.components[0].quantisation if reader.frame else -1
    if table not in reader.quantisation:
        raise Refused("no quantisation table for luma ahead of its scans")
    return reader.quantisation[table]


def _coefficients_for(frame: Frame) -> int:
    """Return how many coefficients PDQ's filter can tell apart: fewer, the wider it is."""
    return 10 if min(frame.width, frame.height) < 1024 else 6


class _Picture:
    """The coefficients of one picture while its scans come in."""

    def __init__(self, frame: Frame, steps: tuple[int, ...], data: bytes) -> None:
        self.frame = frame
        self._data = data
        luma = frame.components[0]
        # A single component is never interleaved, whatever its sampling factors say.
        alone = len(frame.components) == 1
        self._h, self._v = (1, 1) if alone else (luma.across, luma.down)
        self._units_across = -(-frame.width // (8 * self._h))
        self._units_down = -(-frame.height // (8 * self._v))
        size = (self._units_down * self._v, self._units_across * self._h)
        self.kept = np.zeros((_coefficients_for(frame), *size), np.int16)
        self.steps = np.array(steps[: len(self.kept)], np.float32)
        self._nonzero = np.zeros(size if frame.progressive else (1, 1), np.uint64)
        # Bits still missing below each kept coefficient; 16 means all of them.
        self._missing = [16] * len(self.kept)

    @property
    def is_complete(self) -> bool:
        """Whether no scan to come could change a kept coefficient by more than `_TOLERANCE`."""
        unknown = (2.0 ** np.array(self._missing) - 1) * self.steps
        return unknown[0] == 0 and bool(unknown.max() <= _TOLERANCE)

    def take(self, scan: Scan) -> int:
        """Read one scan that has luma in it; return the position behind it."""
        if not self.frame.progressive:
            at = self._take_sequential(scan)
            self._missing = [0] * len(self.kept)
            return at
        self._check_order(scan)
        return self._take_dc(scan) if scan.first == 0 else self._take_ac(scan)

    def _check_order(self, scan: Scan) -> None:
        band = range(scan.first, min(scan.last, len(self.kept) - 1) + 1)
        expected = scan.high or 16
        if any(self._missing[k] != expected for k in band) or scan.low > 13:
            raise Refused("a progressive scan is out of order")
        if scan.high and scan.low != scan.high - 1:
            raise Refused("a progressive scan refines more than one bit")
        if (scan.first == 0 and scan.last) or (scan.first and len(scan.parts) > 1):
            raise Refused("a progressive scan mixes what must be apart")
        for k in band:
            self._missing[k] = scan.low

    def _take_sequential(self, scan: Scan) -> int:
        tables = self._tables(scan, scan.dc_tables, scan.ac_tables)
        down, across, layout = self._layout(scan)
        source = coded(self._data, scan, down * across)
        done = decode_sequential(
            *(source.words, source.segments, scan.restart, down, across, layout),
            *(tables.single, tables.skip, tables.counts, tables.symbols, self.kept),
        )
        return _finished(done, down * across, source)

    def _take_dc(self, scan: Scan) -> int:
        tables = self._tables(scan, {} if scan.high else scan.dc_tables, {})
        down, across, layout = self._layout(scan)
        source = coded(self._data, scan, down * across)
        done = decode_dc(
            *(source.words, source.segments, scan.restart, down, across, layout),
            *(tables.single, tables.counts, tables.symbols, scan.high > 0, scan.low, self.kept),
        )
        return _finished(done, down * across, source)

    def _take_ac(self, scan: Scan) -> int:
        tables = self._tables(scan, {}, scan.ac_tables)
        table = 4 + scan.parts[0].ac_table
        rows, columns = -(-self.frame.height // 8), -(-self.frame.width // 8)
        source = coded(self._data, scan, rows * columns)
        decode = decode_ac_refining if scan.high else decode_ac_first
        done = decode(
            *(source.words, source.segments, scan.restart, rows, columns),
            *(scan.first, scan.last, scan.low),
            *(tables.single[table], tables.counts[table], tables.symbols[table]),
            *(self.kept, self._nonzero),
        )
        return _finished(done, rows * columns, source)

    def _tables(
        self, scan: Scan, dc: Mapping[int, HuffmanTable], ac: Mapping[int, HuffmanTable]
    ) -> Tables:
        used_dc = {part.dc_table for part in scan.parts} if dc else set[int]()
        used_ac = {part.ac_table for part in scan.parts} if ac else set[int]()
        if not used_dc <= dc.keys() or not used_ac <= ac.keys():
            raise Refused("a scan names a Huffman table that is not there")
        return tables_of({n: dc[n] for n in used_dc}, {n: ac[n] for n in used_ac})

    def _layout(self, scan: Scan) -> tuple[int, int, Layout]:
        """Return rows of MCUs, MCUs in a row and the kernel's table of components for ``scan``."""
        alone = len(scan.parts) == 1
        rows: list[tuple[int, int, int, int, int]] = []
        for part in scan.parts:
            component = self.frame.components[part.component]
            h, v = (1, 1) if alone else (component.across, component.down)
            rows.append((h, v, part.dc_table, 4 + part.ac_table, part.component == 0))
        across, down = self._units_across, self._units_down
        if alone:
            across, down = -(-self.frame.width // 8), -(-self.frame.height // 8)
        return down, across, np.array(rows, np.int64)


def _finished(done: int, expected: int, source: Coded) -> int:
    if done != expected:
        raise Corrupt("a scan is truncated or damaged")
    return source.end


@kernels.reordering_kernel
def _project(
    kept: NDArray[np.int16],
    steps: NDArray[np.float32],
    zigzag: NDArray[np.int64],
    y_starts: NDArray[np.int32],
    y_counts: NDArray[np.int32],
    y_weights: NDArray[np.float32],
    x_starts: NDArray[np.int32],
    x_counts: NDArray[np.int32],
    x_weights: NDArray[np.float32],
    grid: NDArray[np.float32],
) -> None:
    """Fill ``grid`` (64, 64) from coefficients: the sum over both frequencies, plus mid-grey."""
    columns = kept.shape[2]
    sums = np.empty((x_weights.shape[0], columns), np.float32)
    for row in range(64):
        sums[:] = np.float32(0)
        for z in range(kept.shape[0]):
            v, u = zigzag[z]
            into = sums[u]
            for k in range(y_counts[row]):
                weight = y_weights[v, row, k] * steps[z]
                blocks = kept[z, y_starts[row] + k]
                for j in range(columns):
                    into[j] += weight * np.float32(blocks[j])
        for column in range(64):
            total = np.float32(128)
            start = x_starts[column]
            for u in range(x_weights.shape[0]):
                for k in range(x_counts[column]):
                    total += sums[u, start + k] * x_weights[u, column, k]
            grid[row, column] = total


def warm() -> None:
    """Compile or load every kernel behind this module."""
    warm_huffman()
    none = (np.zeros(1, np.uint32), np.zeros((1, 2), np.int64), 0, 0, 0)
    entries = np.zeros((8, 4096), np.uint16)
    codes = (np.zeros((8, 16), np.uint8), np.zeros((8, 256), np.uint8))
    kept, nonzero = np.zeros((6, 1, 1), np.int16), np.zeros((1, 1), np.uint64)
    layout = np.zeros((1, 5), np.int64)
    decode_sequential(*none, layout, entries, entries, *codes, kept)
    decode_dc(*none, layout, entries, *codes, False, 0, kept)
    for decode in (decode_ac_first, decode_ac_refining):
        decode(*none, 1, 5, 0, entries[0], codes[0][0], codes[1][0], kept, nonzero)
    grid_of(Luma(GRID, GRID, np.zeros((6, 8, 8), np.int16), np.ones(6, np.float32)))


kernels.warmable(__name__)
