"""The hashes of a video's frames: one packed record per kept frame, sorted by time.

A frame may have several hashes, each on a *track* of its own: of the full picture, of the box
inside its black bars, of one pane of a split screen; upright or turned. A list keeps the upright
full picture and the content box (`FrameSequence.stored`); a query brings all tracks that it has.

Neighbours that hardly differ are left out. What remains depends on the pictures only, never on
where a sampling clock happened to start, so that a clip finds itself inside a longer video.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadSignal
from tidebreak.model import Turn

FRAME = np.dtype([("time", "<u4"), ("track", "u1"), ("quality", "u1"), ("hash", "u1", (32,))])
"""Milliseconds since the video's first frame, track, PDQ quality (0-100), PDQ."""

Records = NDArray[np.void]
"""One-dimensional, of `FRAME`."""

PRUNE_BITS = 8
"""A frame within so many bits of the last kept one of its track adds nothing."""

LONGEST_GAP_MS = 1000
"""A frame is kept at least so often, however still the scene is."""

AREAS = 32
"""Areas that there can be, each in eight turns."""


class Area(IntEnum):
    """Which part of the frame a track is of; together with a turn it is a track's number."""

    FULL = 0
    CONTENT = 1
    """What is inside flat bars or borders."""
    MOVING = 2
    """What changes while everything around it stands still: a player on a screen."""
    FILLED = 3
    """The picture with a caption's band bridged by what is above and below it."""
    PANE = 4
    """The first of fourteen: parts of a split screen, between straight seams."""
    EXTENDED = 18
    """The first of fourteen: the picture completed at its edges, as if it had been cropped."""


def track_of(area: int, turn: Turn = Turn.NONE) -> int:
    """Return the number of the track of ``area`` (0-31) turned by ``turn``."""
    return area + AREAS * turn


def area_of(track: int) -> int:
    """Return the area of ``track``: an `Area`, or the number of a further pane or extension."""
    return track % AREAS


def turn_of(track: int) -> Turn:
    """Return how the frames of ``track`` were turned before they were hashed."""
    return Turn(track // AREAS)


def area_name(track: int) -> str:
    """Return the part of the frame that ``track`` is of, in words."""
    area = area_of(track)
    if area >= Area.EXTENDED:
        return f"extended picture {area - Area.EXTENDED + 1}"
    if area >= Area.PANE:
        return f"pane {area - Area.PANE + 1}"
    return ("full", "content box", "moving box", "without caption")[area]


@dataclass(frozen=True, slots=True, eq=False)
class FrameSequence:
    """The kept frames of one video: ``records`` of `FRAME`, sorted by time and track."""

    records: Records

    @classmethod
    def of(
        cls,
        times_ms: Iterable[int],
        tracks: Iterable[int],
        qualities: Iterable[int],
        hashes: Iterable[bytes],
    ) -> FrameSequence:
        """Return the sequence of as many records as each of the four has, in any order."""
        times = list(times_ms)
        records = np.empty(len(times), FRAME)
        records["time"], records["track"] = times, list(tracks)
        records["quality"] = list(qualities)
        records["hash"] = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(times), 32)
        return cls(records[np.lexsort((records["track"], records["time"]))])

    @classmethod
    def unpack(cls, data: bytes) -> FrameSequence:
        """Return what `pack` wrote; raises `BadSignal` for anything else."""
        if len(data) % FRAME.itemsize:
            raise BadSignal("a frame sequence that is cut off")
        records = np.frombuffer(data, FRAME)
        if (records["quality"] > 100).any():
            raise BadSignal("a frame sequence with a quality beyond the scale of PDQ")
        if (np.diff(records["time"].astype(np.int64)) < 0).any():
            raise BadSignal("a frame sequence that is not in the order of time")
        return cls(records)

    def pack(self) -> bytes:
        """Return the records as bytes, 38 for each."""
        return self.records.tobytes()

    def __len__(self) -> int:
        return len(self.records)

    @property
    def tracks(self) -> tuple[int, ...]:
        """The tracks that there are, in order."""
        return tuple(int(track) for track in np.unique(self.records["track"]))

    def track(self, *tracks: int) -> FrameSequence:
        """Return the records of ``tracks`` alone."""
        return FrameSequence(self.records[np.isin(self.records["track"], tracks)])

    def stored(self) -> FrameSequence:
        """Return what a list keeps of a known video: upright, full and without bars."""
        return self.track(Area.FULL, Area.CONTENT)

    def pruned(self, bits: int = PRUNE_BITS, gap_ms: int = LONGEST_GAP_MS) -> FrameSequence:
        """Return the sequence without neighbours within ``bits`` of one another, per track."""
        pruners: dict[int, Pruner] = {}
        kept = np.zeros(len(self), np.bool_)
        for row, (time, track, _, value) in enumerate(self.records):
            pruner = pruners.setdefault(int(track), Pruner(bits, gap_ms))
            kept[row] = pruner.keeps(int(time), value.tobytes())
        return FrameSequence(self.records[kept])


class Pruner:
    """Decides frame by frame of one track, in the order of time, which are kept."""

    def __init__(self, bits: int = PRUNE_BITS, gap_ms: int = LONGEST_GAP_MS) -> None:
        self._bits, self._gap_ms = bits, gap_ms
        self._time, self._value = -gap_ms, -1

    def keeps(self, time_ms: int, value: bytes) -> bool:
        """Whether a frame with the PDQ ``value`` at ``time_ms`` is kept."""
        number = int.from_bytes(value)
        near = self._value >= 0 and (number ^ self._value).bit_count() <= self._bits
        if near and time_ms - self._time < self._gap_ms:
            return False
        self._time, self._value = time_ms, number
        return True
