"""From the pixels of a video's frames, one after another, to its frame sequence.

Every frame is hashed; those that add something are kept. Of the kept ones of a shot a reduced
picture is held until the shot, or a window of it, has ended: then its boxes are found and hashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Floats
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
from tidebreak.hashing.pdq_kernels import folded_grid
from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.hashing.views.turns import coefficients, hashes, turned
from tidebreak.model import Turn

Turns = Mapping[int, Sequence[Turn]]
"""In which turns an area is hashed; areas that are not named are not looked for."""

_CUT_BITS = 90
"""Neighbours further apart belong to different shots; unrelated pictures are at 128."""

_SHOT_FRAMES, _SHOT_MS = 32, 10_000
"""The longest window of a shot in which boxes are looked for."""

_HELD_MS, _BOXED_MS = 450, 120
"""Time between the frames of a shot that are held: to look for boxes, and once there are some."""

_ALL_BITS = 256
"""Within so many bits every two frames are."""


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
        deep = pixels if pixels.ndim == 3 else pixels[:, :, np.newaxis]
        blocks, qualities = coefficients((folded_grid(deep) * np.float32(contrast))[np.newaxis])
        self.flat = self.flat and not qualities[0] and bool((pixels == pixels[0, 0]).all())
        blocks = turned(blocks, turn)
        value = hashes(blocks)[0].tobytes()
        number = int.from_bytes(value)
        is_cut = self._last >= 0 and (number ^ self._last).bit_count() > _CUT_BITS
        self._last = number
        if is_cut:
            self._end_shot()
        if self._pruner(Area.FULL).keeps(time_ms, value):
            self._record(Area.FULL, [time_ms], blocks, qualities)
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
        grids: dict[int, list[tuple[_Kept, Floats]]] = {}
        extended_ms = -_HELD_MS
        for kept in shot:
            for area, grid in layout.grids(kept.luma):
                grids.setdefault(area, []).append((kept, grid))
            if kept.time_ms - extended_ms < _HELD_MS:
                continue
            extended_ms = kept.time_ms
            for area, grid in layout.extended(kept.luma):
                grids.setdefault(area, []).append((kept, grid))
        for area in grids.keys() & self._turns.keys():
            self._hash_area(area, grids[area])

    def _hash_area(self, area: int, grids: list[tuple[_Kept, Floats]]) -> None:
        blocks, qualities = coefficients(
            np.stack([grid * np.float32(kept.contrast) for kept, grid in grids])
        )
        shot = [kept for kept, _ in grids]
        blocks = np.stack([turned(block, k.turn) for block, k in zip(blocks, shot, strict=True)])
        pruner = self._pruner(area)
        values = zip(shot, hashes(blocks), strict=True)
        keep = [
            n for n, (k, value) in enumerate(values) if pruner.keeps(k.time_ms, value.tobytes())
        ]
        self._record(area, [shot[row].time_ms for row in keep], blocks[keep], qualities[keep])

    def _pruner(self, area: int) -> Pruner:
        return self._pruners.setdefault(area, Pruner(self._bits, self._gap_ms))

    def _record(
        self, area: int, times: list[int], blocks: Floats, qualities: NDArray[np.int64]
    ) -> None:
        for turn in self._turns[area]:
            records = np.empty(len(times), FRAME)
            records["time"], records["track"] = times, track_of(area, turn)
            records["quality"], records["hash"] = qualities, hashes(turned(blocks, turn))
            self._records.append(records)
            self._count += len(times)
        while self._count > self._most:
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
