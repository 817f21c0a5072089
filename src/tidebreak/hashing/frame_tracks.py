"""From the pixels of a video's frames, one after another, to its frame sequence.

Every frame is hashed; those that add something are kept. Of the kept ones of a shot a reduced
picture is held until the shot, or a window of it, has ended: then its boxes are found and hashed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
from tidebreak.hashing.frame_grids import BoxGrids, full_grid, then
from tidebreak.hashing.frame_layout import layout_of
from tidebreak.hashing.frames import (
    FRAME,
    LONGEST_GAP_MS,
    PRUNE_BITS,
    Area,
    FrameSequence,
    Pruner,
    Records,
    track_of,
)
from tidebreak.hashing.pdq import SMALLEST_SIDE
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes
from tidebreak.model import Turn

Turns = Mapping[int, Sequence[Turn]]
"""In which turns an area is hashed, upright first; areas that are not named are passed over."""

_CUT_BITS = 90
"""Neighbours further apart belong to different shots; unrelated pictures are at 128."""

_SHOT_FRAMES, _SHOT_MS = 32, 10_000
"""The longest window of a shot in which boxes are looked for."""

_HELD_MS, _BOXED_MS = 450, 120
"""Time between the frames of a shot that are held: to look for boxes, and once there are some."""

_ALL_BITS, _ALL_MS = 256, 1 << 32
"""Within so many bits, and milliseconds, every two frames are: one is left of each track."""


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A kept frame of the shot at hand; ``contrast`` scales its luma to the full range."""

    time_ms: int
    luma: ReducedLuma
    contrast: float
    turn: Turn


class FrameTracks:
    """Takes frames in the order of time; ``turns`` says what is hashed, ``most`` how much kept.

    With ``most`` records, neighbours are pruned harder instead of stopping.
    """

    def __init__(self, turns: Turns, most: int) -> None:
        self._turns, self._most = turns, most
        self._bits, self._gap_ms = PRUNE_BITS, LONGEST_GAP_MS
        self._pruners: dict[int, Pruner] = {}
        self._records: list[Records] = []
        self._count = 0
        self._shot: list[_Kept] = []
        self._boxed = False
        self._last = -1
        self.frames = 0
        self.flat = True

    @property
    def pruned_bits(self) -> int:
        """Bits within which neighbours have been left out."""
        return self._bits

    def add(self, time_ms: int, pixels: NDArray[np.uint8], contrast: float, turn: Turn) -> None:
        """Take a frame: uint8 (height, width) or (height, width, 3).

        ``contrast`` is by what its luma must be multiplied to span 0-255; ``turn`` makes it
        upright.
        """
        if min(pixels.shape[:2]) < SMALLEST_SIDE:
            return
        self.frames += 1
        grid = full_grid(pixels, turn) * np.float32(contrast)
        blocks, qualities = coefficients(grid[np.newaxis])
        self.flat = self.flat and not qualities[0] and bool((pixels == pixels[0, 0]).all())
        value = hashes(blocks)[0].tobytes()
        number = int.from_bytes(value)
        if self._last >= 0 and (number ^ self._last).bit_count() > _CUT_BITS:
            self._end_shot()
        self._last = number
        if not self._pruner(Area.FULL).keeps(time_ms, value):
            return
        others = [full_grid(pixels, then(turn, other)) for other in self._turns[Area.FULL][1:]]
        grids = np.stack([grid, *(other * np.float32(contrast) for other in others)])
        self._record(Area.FULL, [time_ms], grids[np.newaxis])
        if self._is_due(time_ms):
            self._hold(_Kept(time_ms, ReducedLuma.of(pixels), contrast, turn))

    def finish(self) -> FrameSequence:
        """Return the sequence of all that was taken."""
        self._end_shot()
        return self._sequence()

    def _hold(self, kept: _Kept) -> None:
        shot = self._shot
        if shot and (
            len(shot) >= _SHOT_FRAMES
            or kept.time_ms - shot[0].time_ms > _SHOT_MS
            or kept.luma.whole != shot[0].luma.whole
        ):
            self._end_shot()
        self._shot.append(kept)

    def _is_due(self, time_ms: int) -> bool:
        """Whether the shot at hand wants another frame."""
        gap = _BOXED_MS if self._boxed else _HELD_MS
        wanted = len(self._turns) > 1
        return wanted and (not self._shot or time_ms - self._shot[-1].time_ms >= gap)

    def _end_shot(self) -> None:
        """Hash what the shot at hand shows beside the full picture, and begin the next."""
        shot, self._shot = self._shot, []
        if not shot:
            return
        layout = layout_of([kept.luma for kept in shot])
        self._boxed = not layout.is_plain
        made: dict[int, tuple[list[int], list[Floats]]] = defaultdict(lambda: ([], []))
        extended_ms = -_HELD_MS
        for kept in shot:
            shots = list(layout.shots(kept.luma))
            if kept.time_ms - extended_ms >= _HELD_MS:
                extended_ms = kept.time_ms
                shots += layout.extended(kept.luma)
            boxes = BoxGrids()
            for area, luma, box in shots:
                turns = [then(kept.turn, turn) for turn in self._turns.get(area, ())]
                if turns:
                    times, grids = made[area]
                    times.append(kept.time_ms)
                    stack = np.stack([boxes.grid(luma, box, turn) for turn in turns])
                    grids.append(stack * np.float32(kept.contrast))
        for area, (times, grids) in made.items():
            self._record(area, times, np.stack(grids))

    def _pruner(self, area: int) -> Pruner:
        return self._pruners.setdefault(area, Pruner(self._bits, self._gap_ms))

    def _record(self, area: int, times: list[int], grids: Floats) -> None:
        """Keep the hashes of ``grids`` (times, turns, 64, 64), upright first, that add something.

        Of the full picture all do: it was pruned before.
        """
        turns = self._turns[area]
        blocks, qualities = coefficients(grids.reshape(-1, *grids.shape[2:]))
        records = np.empty((len(times), len(turns)), FRAME)
        records["time"] = np.array(times)[:, np.newaxis]
        records["track"] = [track_of(area, turn) for turn in turns]
        records["quality"] = qualities.reshape(records.shape)
        records["hash"] = hashes(blocks).reshape(*records.shape, -1)
        if area != Area.FULL:
            pruner = self._pruner(area)
            keeps = [pruner.keeps(int(r["time"]), r["hash"].tobytes()) for r in records[:, 0]]
            records = records[keeps]
        self._records.append(records.ravel())
        self._count += records.size
        while self._count > self._most and self._gap_ms < _ALL_MS:
            self._thin()

    def _thin(self) -> None:
        """Prune all that there is twice as hard, and what is to come."""
        self._bits = min(2 * self._bits, _ALL_BITS)
        self._gap_ms *= 1 if self._bits < _ALL_BITS else 2
        self._pruners.clear()
        kept = self._sequence().pruned(self._bits, self._gap_ms)
        self._records, self._count = [kept.records], len(kept)

    def _sequence(self) -> FrameSequence:
        records = np.concatenate([np.empty(0, FRAME), *self._records])
        return FrameSequence(records[np.lexsort((records["track"], records["time"]))])
