"""Local features of a picture: where its corners are, and what each looks like.

A feature is a point with a size, a direction and a 256-bit descriptor of its surroundings (ORB:
Rublee, Rabaud, Konolige, Bradski, 2011), compared by Hamming distance. Two pictures of one scene
share many; their points then fall on each other under one shift, turn and change of size, which
`tidebreak.matching.geometry` looks for. A mirrored picture shares none, so a query brings the
features of its mirror image as well.

A list keeps a feature in 40 bytes, big-endian: x, y and size in 1/65535 of the picture's longer
side; the direction in 1/32768 of a turn, above it one bit for flat ground; the descriptor. The
value of a picture is one byte, the version, and then all of its features.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadSignal
from tidebreak.signals import SIGNAL_TYPES

LOCAL = np.dtype(
    [
        ("x", "<f4"),
        ("y", "<f4"),
        ("scale", "<f4"),
        ("angle", "<f4"),
        ("mirrored", "u1"),
        ("flat", "u1"),
        ("descriptor", "u1", (32,)),
    ]
)
"""Position and diameter in pixels, direction in degrees; whether the feature is of the mirror
image, in whose coordinates it then is, and whether it lies on flat ground, as text does."""

Records = NDArray[np.void]
"""One-dimensional, of `LOCAL`."""

VERSION = SIGNAL_TYPES["orb"].version
"""Of how features are found, described and stored: those of two versions are never alike."""

DESCRIPTOR = 32
STORED = SIGNAL_TYPES["orb"].record
"""Bytes of a descriptor, and of a stored feature."""

MOST = 16_384
"""More features than this are no picture's."""

LEAST_CELLS = 8
"""Cells, of a tenth of the longer side each, in which a recognisable picture has features."""

_STORED = np.dtype([("place", ">u2", (3,)), ("angle", ">u2"), ("descriptor", "u1", (32,))])
_HEADER = struct.Struct("<II")
_UNIT = 65_535
_TURN = 32_768
_LONGEST_SIDE = 1 << 24


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """The features of one picture of ``width`` x ``height`` pixels: ``records`` of `LOCAL`."""

    width: int
    height: int
    records: Records

    @classmethod
    def unpack(cls, data: bytes) -> LocalFeatures:
        """Return what `pack` wrote; raises `BadSignal` for anything else."""
        count, rest = divmod(len(data) - _HEADER.size, LOCAL.itemsize)
        if count < 0 or rest or count > MOST:
            raise BadSignal("local features that are cut off or too many")
        width, height = _HEADER.unpack_from(data)
        records = np.frombuffer(data, LOCAL, count, _HEADER.size)
        if not (0 < width < _LONGEST_SIDE and 0 < height < _LONGEST_SIDE):
            raise BadSignal("local features of a picture of impossible size")
        if not _are_inside(records, width, height):
            raise BadSignal("local features that are not inside their picture")
        return cls(width, height, records)

    def pack(self) -> bytes:
        """Return the size and the records as bytes: 8, and 50 for each."""
        return _HEADER.pack(self.width, self.height) + self.records.tobytes()

    def __len__(self) -> int:
        return len(self.records)

    @property
    def longer(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)

    @property
    def tells_enough(self) -> bool:
        """Whether features off flat ground are spread widely enough to recognise a scene by."""
        textured = self.records[(self.records["flat"] == 0) & (self.records["mirrored"] == 0)]
        x, y = (np.floor(textured[name] / self.longer * 10) for name in ("x", "y"))
        return len(np.unique(x + 100 * y)) >= LEAST_CELLS

    def stored(self) -> NDArray[np.uint8]:
        """Return what a list keeps of a known picture, (n, 40) uint8: upright features only."""
        upright = self.records[self.records["mirrored"] == 0]
        stored = np.empty(len(upright), _STORED)
        for column, name in enumerate(("x", "y", "scale")):
            share = np.clip(upright[name] / self.longer, 0, 1)
            stored["place"][:, column] = np.rint(share * _UNIT)
        direction = np.rint(upright["angle"] / 360 * _TURN).astype(np.int64) % _TURN
        stored["angle"] = direction + np.where(upright["flat"], _TURN, 0)
        stored["descriptor"] = upright["descriptor"]
        return stored.view(np.uint8).reshape(-1, STORED)

    def value(self) -> bytes:
        """Return `stored` as the value of a signal, the version before it; empty without any."""
        stored = self.stored()
        return bytes([VERSION]) + stored.tobytes() if len(stored) else b""


def readable(values: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which of ``values`` (n, w), one for each picture, are features of this version."""
    width = values.shape[1] - 1
    if width < STORED or width % STORED:
        return np.zeros(len(values), np.bool_)
    return values[:, 0] == VERSION


def _are_inside(records: Records, width: int, height: int) -> bool:
    within = (records["x"] >= 0) & (records["x"] <= width)
    within &= (records["y"] >= 0) & (records["y"] <= height)
    within &= (records["scale"] > 0) & (records["scale"] <= 2 * max(width, height))
    within &= (records["angle"] >= 0) & (records["angle"] <= 360)
    return bool(within.all())


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Where features are, apart from what they look like: n of each, in one unit of length.

    ``at`` (complex64: x + iy) and ``scale`` (float32) share the unit; ``angle`` is float32 in
    radians, ``flat`` bool.
    """

    at: NDArray[np.complex64]
    scale: NDArray[np.float32]
    angle: NDArray[np.float32]
    flat: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Points:
        return Points(self.at[rows], self.scale[rows], self.angle[rows], self.flat[rows])

    @classmethod
    def of(cls, records: Records, unit: float) -> Points:
        """Return the points of `LOCAL` ``records`` in lengths of ``unit`` pixels."""
        at = (records["x"] + 1j * records["y"]) / unit
        scale = (records["scale"] / unit).astype(np.float32)
        angle = np.deg2rad(records["angle"]).astype(np.float32)
        return cls(at.astype(np.complex64), scale, angle, records["flat"].astype(np.bool_))

    @classmethod
    def stored(cls, values: NDArray[np.uint8]) -> Points:
        """Return the points of stored features, (n, 40) or (n, 8) uint8.

        The unit is the longer side of the picture.
        """
        numbers = np.ascontiguousarray(values[:, : STORED - DESCRIPTOR]).view(">u2")
        x, y, scale = (numbers[:, :3].T / np.float32(_UNIT)).astype(np.float32)
        direction = (numbers[:, 3] % _TURN).astype(np.float32) * np.float32(2 * np.pi / _TURN)
        # No feature is smaller than that: a list that says so must not divide by zero.
        smallest = np.float32(1 / _UNIT)
        at = (x + 1j * y).astype(np.complex64)
        return cls(at, np.maximum(scale, smallest), direction, numbers[:, 3] >= _TURN)
