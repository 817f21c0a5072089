"""The frames of a stream, one after the other: hashes on every track, and now and then all views.

For a file, the layout of a shot is found once all of it was seen (`hashing.frame_tracks`). A stream
cannot wait for that: what was shown in the last seconds of the shot says where the bars, the panes
and the captions of its next frames are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tidebreak.hashing.arrays import Bytes, Floats
from tidebreak.hashing.frame_grids import BoxGrids, full_grid, then
from tidebreak.hashing.frame_layout import Layout, layout_of
from tidebreak.hashing.frames import FRAME, Area, FrameSequence, Pruner, Records, track_of
from tidebreak.hashing.pdq import SMALLEST_SIDE
from tidebreak.hashing.views import ReducedLuma, views_of
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Depth, Turn, View

WRAP_MS = 1 << 32
"""A record's time has 32 bits: seven weeks."""

_CUT_BITS = 90
"""Neighbours further apart belong to different shots; unrelated pictures are at 128."""
_STACK, _STACK_MS = 6, 250
"""Frames of a shot by which its layout is found, and the time between two of them."""
_LAYOUT_MS, _EXTENDED_MS = 500, 450
_VIEWS_MS, _LONGEST_VIEWS_MS = 500, 1000
"""How soon, and at the latest when, a frame is looked at from all sides again."""
_NEW_BITS = 16
"""A frame within so many bits of the last one that was looked at from all sides shows the same."""
_LONG_AGO = -10_000
_BOTH, _EVERY = (Turn.NONE, Turn.MIRROR), tuple(Turn)


@dataclass(frozen=True, slots=True)
class Hashed:
    """What one frame gave: the records that are worth keeping, and views."""

    frames: FrameSequence
    views: tuple[View, ...] = ()


@dataclass(slots=True)
class _Due:
    """When something was done last."""

    layout: int = _LONG_AGO
    stacked: int = _LONG_AGO
    extended: int = _LONG_AGO
    views: int = _LONG_AGO


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """A frame that is being hashed."""

    time_ms: int
    luma: ReducedLuma
    contrast: float
    turn: Turn


@dataclass(slots=True)
class _Shot:
    """What is known of the shot at hand."""

    layout: Layout | None = None
    stack: deque[ReducedLuma] = field(default_factory=lambda: deque(maxlen=_STACK))


class Tracks:
    """Hashes the frames of one stream, in the order of time."""

    def __init__(self, depth: Depth) -> None:
        self._depth = depth
        self._pruners: dict[int, Pruner] = {}
        self._due, self._shot = _Due(), _Shot()
        self._last = self._viewed = -1

    def add(self, time_ms: int, pixels: Bytes, contrast: float, turn: Turn) -> Hashed:
        """Return what the frame at ``time_ms`` gives.

        ``pixels`` is uint8 (height, width) or (height, width, 3); ``contrast`` is by what its
        luma must be multiplied to span 0-255; ``turn`` makes it upright.
        """
        if min(pixels.shape[:2]) < SMALLEST_SIDE:
            return _hashed([])
        upright = full_grid(pixels, turn)
        value = hashes(coefficients(upright[np.newaxis])[0])[0].tobytes()
        number = int.from_bytes(value)
        if self._last >= 0 and _bits(number, self._last) > _CUT_BITS:
            self._shot = _Shot()
        self._last = number
        kept = self._pruner(Area.FULL).keeps(time_ms, value)
        viewed = self._is_view_due(time_ms, number)
        if not kept and not viewed:
            return _hashed([])
        frame = _Frame(time_ms, ReducedLuma.of(pixels), contrast, turn)
        records = list(self._beside(frame))
        if kept:
            turns = self._turns(Area.FULL)
            grids = [upright, *(full_grid(pixels, then(turn, other)) for other in turns[1:])]
            records.append(_records(frame, Area.FULL, turns, grids))
        return _hashed(records, tuple(views_of(frame.luma, self._depth)) if viewed else ())

    def _beside(self, frame: _Frame) -> Iterator[Records]:
        """Yield the records of what the layout shows beside the full picture."""
        if self._depth is Depth.FAST:
            return
        layout = self._layout(frame)
        shots = list(layout.shots(frame.luma))
        if frame.time_ms - self._due.extended >= _EXTENDED_MS:
            self._due.extended = frame.time_ms
            shots += layout.extended(frame.luma)
        made = BoxGrids()
        for area, luma, box in shots:
            upright = made.grid(luma, box, frame.turn)
            value = hashes(coefficients(upright[np.newaxis])[0])[0].tobytes()
            if self._pruner(area).keeps(frame.time_ms, value):
                turns = self._turns(area)
                others = [made.grid(luma, box, then(frame.turn, other)) for other in turns[1:]]
                yield _records(frame, area, turns, [upright, *others])

    def _layout(self, frame: _Frame) -> Layout:
        """Return the layout of the shot at hand, as far as it is known."""
        time_ms, shot, due = frame.time_ms, self._shot, self._due
        if shot.stack and shot.stack[0].whole != frame.luma.whole:
            shot = self._shot = _Shot()
        if not shot.stack or time_ms - due.stacked >= _STACK_MS:
            shot.stack.append(frame.luma)
            due.stacked = time_ms
        if shot.layout is None or time_ms - due.layout >= _LAYOUT_MS:
            shot.layout = layout_of(shot.stack)
            due.layout = time_ms
        return shot.layout

    def _turns(self, area: int) -> tuple[Turn, ...]:
        """Return in which turns an area is hashed, upright first."""
        return _EVERY if self._depth is Depth.DEEP and area <= Area.CONTENT else _BOTH

    def _is_view_due(self, time_ms: int, number: int) -> bool:
        """Whether a frame shows something new, or enough time has passed."""
        since = time_ms - self._due.views
        new = self._viewed < 0 or _bits(number, self._viewed) > _NEW_BITS
        if since < _VIEWS_MS or not (new or since >= _LONGEST_VIEWS_MS):
            return False
        self._due.views, self._viewed = time_ms, number
        return True

    def _pruner(self, area: int) -> Pruner:
        return self._pruners.setdefault(area, Pruner())


def _bits(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def _records(frame: _Frame, area: int, turns: Sequence[Turn], grids: list[Floats]) -> Records:
    """Return the records of one area, from its grid in each of ``turns``."""
    blocks, qualities = coefficients(np.stack(grids) * np.float32(frame.contrast))
    records = np.empty(len(turns), FRAME)
    records["time"], records["quality"] = frame.time_ms % WRAP_MS, qualities
    records["track"] = [track_of(area, turn) for turn in turns]
    records["hash"] = hashes(blocks)
    return records


def _hashed(records: list[Records], views: tuple[View, ...] = ()) -> Hashed:
    together = np.concatenate([np.empty(0, FRAME), *records])
    order = np.lexsort((together["track"], together["time"]))
    return Hashed(FrameSequence(together[order]), views)
