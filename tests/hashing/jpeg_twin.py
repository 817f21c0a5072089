"""Reading the coefficients of a JPEG bit by bit, as the flow charts of ITU-T T.81 have it.

Slow, plain, and written apart from the kernels: the oracle of their tests. Only the headers are
taken from `jpeg_markers`, whose own tests compare them with libjpeg.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from math import ceil

import numpy as np
import skimage.data
from PIL import Image

from tidebreak.hashing.jpeg_markers import Frame, HuffmanTable, Reader, Scan

_MARKER = re.compile(rb"\xff+[\x01-\xfe]")


def picture(width: int = 1013, height: int = 761, name: str = "astronaut") -> Image.Image:
    large = Image.fromarray(getattr(skimage.data, name)()).resize((width, height))
    noise = np.random.default_rng(3).normal(0, 4, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(large) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def codes_of(table: HuffmanTable) -> dict[str, int]:
    """The symbol of every code, written as text of 0 and 1 (T.81, annex C)."""
    codes: dict[str, int] = {}
    code, symbols = 0, iter(table.symbols)
    for length, count in enumerate(table.counts, 1):
        for _ in range(count):
            codes[f"{code:0{length}b}"] = next(symbols)
            code += 1
        code <<= 1
    return codes


def value_of(text: str) -> int:
    """RECEIVE and EXTEND (T.81, F.2.2.1)."""
    if not text:
        return 0
    number = int(text, 2)
    return number if text[0] == "1" else number - (1 << len(text)) + 1


def segments_of(data: bytes, start: int) -> tuple[list[bytes], int]:
    """The restart segments of a scan without stuffing, and where the next marker stands."""
    segments: list[bytes] = []
    at = start
    while (found := _MARKER.search(data, at)) is not None:
        segments.append(data[at : found.start()].replace(b"\xff\0", b"\xff"))
        if not 0xD0 <= found[0][-1] <= 0xD7:
            return segments, found.end() - 2
        at = found.end()
    raise AssertionError("the scan does not end")


class Bits:
    """A segment, bit by bit."""

    def __init__(self, data: bytes) -> None:
        self._text = "".join(f"{byte:08b}" for byte in data)
        self._at = 0

    def take(self, count: int) -> str:
        self._at += count
        assert self._at <= len(self._text)
        return self._text[self._at - count : self._at]

    def symbol(self, codes: dict[str, int]) -> int:
        code = ""
        while code not in codes:
            code += self.take(1)
        return codes[code]


@dataclass
class Plane:
    """One component: its blocks (rows, columns, 64 in zigzag order), and its share of a unit."""

    blocks: np.ndarray
    across: int
    down: int
    rows: int
    columns: int


def coefficients(data: bytes) -> np.ndarray:
    """The quantised luma coefficients, (block rows, block columns, 64)."""
    reader = Reader(data)
    planes: list[Plane] = []
    for scan in reader.scans():
        assert reader.frame is not None
        planes = planes or planes_of(reader.frame)
        reader.position = _read_scan(data, scan, reader.frame, planes)
    return planes[0].blocks


def planes_of(frame: Frame) -> list[Plane]:
    alone = len(frame.components) == 1
    widest = 1 if alone else max(c.across for c in frame.components)
    highest = 1 if alone else max(c.down for c in frame.components)
    planes: list[Plane] = []
    for c in frame.components:
        across, down = (1, 1) if alone else (c.across, c.down)
        units = ceil(frame.height / (8 * highest)), ceil(frame.width / (8 * widest))
        blocks = np.zeros((units[0] * down, units[1] * across, 64), int)
        rows = ceil(ceil(frame.height * down / highest) / 8)
        columns = ceil(ceil(frame.width * across / widest) / 8)
        planes.append(Plane(blocks, across, down, rows, columns))
    return planes


def _units(scan: Scan, planes: list[Plane]) -> list[list[tuple[int, int, int]]]:
    """The blocks (part of the scan, row, column) of every unit, in order."""
    first = planes[scan.parts[0].component]
    if len(scan.parts) == 1:
        return [[(0, y, x)] for y in range(first.rows) for x in range(first.columns)]
    used = [(number, planes[part.component]) for number, part in enumerate(scan.parts)]
    return [
        [(number, y * plane.down + v, x * plane.across + h)
         for number, plane in used for v in range(plane.down) for h in range(plane.across)]
        for y in range(len(first.blocks) // first.down)
        for x in range(first.blocks.shape[1] // first.across)
    ]  # fmt: skip


def _read_scan(data: bytes, scan: Scan, frame: Frame, planes: list[Plane]) -> int:
    segments, end = segments_of(data, scan.start)
    units = _units(scan, planes)
    step = scan.restart or len(units)
    for segment, start in zip(segments, range(0, len(units), step), strict=True):
        decoder = _Segment(Bits(segment), scan, progressive=frame.progressive)
        for unit in units[start : start + step]:
            for number, row, column in unit:
                plane = planes[scan.parts[number].component]
                decoder.block(number, plane.blocks[row, column])
    return end


class _Segment:
    """The state of a decoder between two restarts."""

    def __init__(self, bits: Bits, scan: Scan, *, progressive: bool) -> None:
        self.bits, self.scan, self.progressive = bits, scan, progressive
        self.previous = [0] * len(scan.parts)
        self.blank = 0
        self.dc = {n: codes_of(table) for n, table in scan.dc_tables.items()}
        self.ac = {n: codes_of(table) for n, table in scan.ac_tables.items()}

    def block(self, number: int, block: np.ndarray) -> None:
        part, scan = self.scan.parts[number], self.scan
        if scan.first == 0 and scan.high:
            block[0] |= int(self.bits.take(1)) << scan.low
        elif scan.first == 0:
            size = self.bits.symbol(self.dc[part.dc_table])
            self.previous[number] += value_of(self.bits.take(size))
            block[0] = self.previous[number] << scan.low
        if scan.last and scan.high:
            self.refine(block, self.ac[part.ac_table])
        elif scan.last:
            self.first(block, self.ac[part.ac_table])

    def first(self, block: np.ndarray, codes: dict[str, int]) -> None:
        """F.2.2.2 and G.1.2.2."""
        if self.blank:
            self.blank -= 1
            return
        k = max(1, self.scan.first)
        while k <= self.scan.last:
            run, size = divmod(self.bits.symbol(codes), 16)
            if not size and run < 15:
                self.blank = (1 << run) - 1 + int(self.bits.take(run) or "0", 2)
                assert self.progressive or not run
                return
            k += run
            if size:
                block[k] = value_of(self.bits.take(size)) << self.scan.low
            k += 1

    def refine(self, block: np.ndarray, codes: dict[str, int]) -> None:
        """G.1.2.3."""
        k, one = self.scan.first, 1 << self.scan.low
        while k <= self.scan.last and not self.blank:
            run, size = divmod(self.bits.symbol(codes), 16)
            if not size and run < 15:
                self.blank = (1 << run) + int(self.bits.take(run) or "0", 2)
                break
            value = (one if self.bits.take(1) == "1" else -one) if size else 0
            while k <= self.scan.last and (block[k] or run):
                run -= not block[k]
                self.correct(block, k, one)
                k += 1
            if k <= self.scan.last:
                block[k] = value
            k += 1
        if self.blank:
            self.blank -= 1
            for rest in range(k, self.scan.last + 1):
                self.correct(block, rest, one)

    def correct(self, block: np.ndarray, k: int, one: int) -> None:
        if block[k] and self.bits.take(1) == "1":
            block[k] += one if block[k] > 0 else -one
