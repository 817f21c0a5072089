"""The marker segments of a JPEG file: what its frame is, and where its scans are.

Source: ITU-T T.81, annex B, with the conventions of JFIF and Adobe for the colour space. Reads
untrusted bytes with Python's own bounds checks. Whatever is out of the ordinary is refused, so
that a full decoder can have its say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
_HUFFMAN_TABLES, _QUANTISATION, _RESTART_INTERVAL = 0xC4, 0xDB, 0xDD
_START_OF_SCAN, _END, _JFIF, _ADOBE = 0xDA, 0xD9, 0xE0, 0xEE

# A marker is FF and a byte that is neither stuffing, nor a restart, nor another fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class Refused(Exception):
    """A JPEG is not read here: it is damaged, or of a kind for the full decoder."""


class Corrupt(Refused):
    """The file breaks off, or its data are not what its headers announce."""


@dataclass(frozen=True, slots=True)
class HuffmanTable:
    """16 counts of codes per length, then the symbols in order of code."""

    counts: bytes
    symbols: bytes


@dataclass(frozen=True, slots=True)
class Component:
    """A colour component: identifier, sampling factors (1-4), quantisation table (0-3)."""

    id: int
    across: int
    down: int
    quantisation: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame header; luma is the first component."""

    progressive: bool
    width: int
    height: int
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A component's part in a scan: its index in the frame and its tables (0-3)."""

    component: int
    dc_table: int
    ac_table: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan: who takes part, the band of coefficients, their bits, and where its data start.

    ``first`` to ``last`` is the spectral band; ``high`` and ``low`` are the successive
    approximation bit positions of a progressive scan. ``restart`` is in MCUs, 0 for none.
    """

    parts: tuple[Part, ...]
    first: int
    last: int
    high: int
    low: int
    restart: int
    start: int
    dc_tables: Mapping[int, HuffmanTable]
    ac_tables: Mapping[int, HuffmanTable]


@dataclass(slots=True)
class Reader:
    """Walks over the markers of ``data`` and keeps what the tables say at that point."""

    data: bytes
    frame: Frame | None = None
    quantisation: dict[int, tuple[int, ...]] = field(default_factory=dict[int, tuple[int, ...]])
    position: int = 2
    """Where the next marker is looked for; whoever has read a scan may move it behind the scan."""
    _dc: dict[int, HuffmanTable] = field(default_factory=dict[int, HuffmanTable])
    _ac: dict[int, HuffmanTable] = field(default_factory=dict[int, HuffmanTable])
    _restart: int = 0
    _jfif: bool = False
    _transform: int = -1

    def scans(self) -> Iterator[Scan]:
        """Yield the scans in order; raise `Refused` where the file is out of the ordinary."""
        data = self.data
        if data[:2] != b"\xff\xd8":
            raise Refused("no start marker")
        while (found := _MARKER.search(data, self.position)) is not None:
            marker, at = data[found.start() + 1], found.end()
            if marker == _END:
                return
            length = int.from_bytes(data[at : at + 2])
            body = data[at + 2 : at + length]
            self.position = at + length
            if length < 2 or self.position > len(data):
                raise Corrupt("a segment ends beyond the file")
            if marker == _START_OF_SCAN:
                yield self._scan(body, self.position)
            else:
                self._take(marker, body)

    @property
    def is_luma_first(self) -> bool:
        """Whether the first component is luma: grey, or YCbCr as libjpeg would conclude."""
        if self.frame is None:
            return False
        ids = bytes(component.id for component in self.frame.components)
        if len(ids) == 1:
            return True
        # libjpeg: JFIF means YCbCr; else Adobe's transform decides; else the identifiers do.
        if len(ids) != 3 or self._jfif:
            return len(ids) == 3
        return self._transform == 1 if self._transform >= 0 else ids != b"RGB"

    def _take(self, marker: int, body: bytes) -> None:
        try:
            if marker == _QUANTISATION:
                self._take_quantisation(body)
            elif marker == _HUFFMAN_TABLES:
                self._take_huffman(body)
            elif marker == _RESTART_INTERVAL:
                self._restart = int.from_bytes(body[:2])
            elif marker == _JFIF:
                self._jfif = self._jfif or body[:5] == b"JFIF\0"
            elif marker == _ADOBE and body[:5] == b"Adobe":
                self._transform = body[11]
            elif 0xC0 <= marker <= 0xCF:
                self._take_frame(marker, body)
        except IndexError:
            raise Corrupt("a segment is too short") from None

    def _take_quantisation(self, body: bytes) -> None:
        at = 0
        while at < len(body):
            wide, number = body[at] >> 4, body[at] & 15
            size = 2 if wide else 1
            raw = body[at + 1 : at + 1 + 64 * size]
            if len(raw) != 64 * size or number > 3:
                raise Corrupt("a quantisation table is damaged")
            steps = (int.from_bytes(raw[i : i + size]) for i in range(0, len(raw), size))
            self.quantisation[number] = tuple(steps)
            at += 1 + 64 * size

    def _take_huffman(self, body: bytes) -> None:
        at = 0
        while at < len(body):
            kind, number = body[at] >> 4, body[at] & 15
            counts = body[at + 1 : at + 17]
            total = sum(counts)
            symbols = body[at + 17 : at + 17 + total]
            if len(counts) != 16 or len(symbols) != total or total > 256 or kind > 1 or number > 3:
                raise Corrupt("a Huffman table is damaged")
            (self._ac if kind else self._dc)[number] = HuffmanTable(counts, symbols)
            at += 17 + total

    def _take_frame(self, marker: int, body: bytes) -> None:
        if marker not in (_BASELINE, _EXTENDED, _PROGRESSIVE) or self.frame is not None:
            raise Refused("lossless, arithmetic, hierarchical or more than one frame")
        height, width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
        components = tuple(
            Component(body[i], body[i + 1] >> 4, body[i + 1] & 15, body[i + 2])
            for i in range(6, 6 + 3 * body[5], 3)
        )
        factors = [f for c in components for f in (c.across, c.down)]
        if body[0] != 8 or not height or not width or not components:
            raise Refused("not 8 bits per sample, or no size")
        if min(factors) < 1 or max(factors) > 4:
            raise Refused("sampling factors out of range")
        self.frame = Frame(marker == _PROGRESSIVE, width, height, components)

    def _scan(self, body: bytes, start: int) -> Scan:
        if self.frame is None or not body or len(body) < 4 + 2 * body[0]:
            raise Corrupt("a scan before its frame, or damaged")
        ids = [component.id for component in self.frame.components]
        parts: list[Part] = []
        for i in range(1, 1 + 2 * body[0], 2):
            if ids.count(body[i]) != 1 or body[i + 1] >> 4 > 3 or body[i + 1] & 15 > 3:
                raise Refused("a scan names unknown components or tables")
            parts.append(Part(ids.index(body[i]), body[i + 1] >> 4, body[i + 1] & 15))
        first, last, bits = body[1 + 2 * body[0] : 4 + 2 * body[0]]
        alone = len({part.component for part in parts}) == len(parts) > 0
        if not alone or not first <= last <= 63:
            raise Corrupt("a scan is damaged")
        return Scan(
            *(tuple(parts), first, last, bits >> 4, bits & 15, self._restart, start),
            *(dict(self._dc), dict(self._ac)),
        )
