"""The lowest luma coefficients of a JPEG, gathered from its scans.

Source: ITU-T T.81. Of a sequential file the first scan with luma in it is read, of a progressive
one every scan that can still change a kept coefficient by more than `_TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.jpeg_huffman import Coded, Tables, coded, tables_of
from tidebreak.hashing.jpeg_markers import Corrupt, Frame, HuffmanTable, Reader, Refused, Scan
from tidebreak.hashing.jpeg_progressive import decode_ac_first, decode_ac_refining, decode_dc
from tidebreak.hashing.jpeg_sequential import Layout, decode_sequential

_TOLERANCE = 16.0
"""What refinements to come may still add to a coefficient: at most 3 levels of grey."""


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
