"""What the decoder says while it decodes: hashes, how far it is, what went wrong when."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tidebreak.hashing.frames import FrameSequence, Records
from tidebreak.watch.notes import MOST_FRAMES, Kind, Note, frames_note, views_note
from tidebreak.watch.tracks import WRAP_MS, Hashed

_TOGETHER_SECONDS = 0.1
_PROGRESS_SECONDS = 1.0
_ENOUGH = MOST_FRAMES // 2
_STRETCH_MS = 2000
"""Damaged pictures this close together are one stretch; a longer one is said in pieces."""
_LONGEST_STRETCH_MS = 10_000


class Outbox:
    """Sends hashes some together, and once a second how far the decoder is."""

    def __init__(self, say: Callable[[Note], None]) -> None:
        self._say = say
        self._records: list[Records] = []
        self._count = self._base = 0
        self._frames = self._first = self._last = 0
        self._sent = self._told = time.monotonic()

    def add(self, time_ms: int, hashed: Hashed) -> None:
        """Take what a frame gave; views leave at once."""
        if len(hashed.frames):
            self._base = self._base if self._records else time_ms
            self._records.append(hashed.frames.records)
            self._count += len(hashed.frames)
        if hashed.views:
            self._say(views_note(time_ms, hashed.views))
        if self._count >= _ENOUGH:
            self._send()

    def progress(self, time_ms: int) -> None:
        """A frame was decoded."""
        self._first = self._first if self._frames else time_ms
        self._frames, self._last = self._frames + 1, time_ms

    def flush_if_due(self, now: float) -> None:
        """Send what has waited long enough."""
        if now - self._sent > _TOGETHER_SECONDS:
            self._sent = now
            self._send()
        if now - self._told > _PROGRESS_SECONDS:
            self._tell(now)

    def flush(self, now: float) -> None:
        """Send all hashes."""
        self._sent = now
        self._send()
        if now - self._told > _PROGRESS_SECONDS:
            self._tell(now)

    def finish(self) -> None:
        """Say all that is left of a connection."""
        self._send()
        self._tell(time.monotonic())

    def _send(self) -> None:
        if not self._records:
            return
        records = np.concatenate(self._records)
        self._records, self._count = [], 0
        records["time"] -= np.uint32(self._base % WRAP_MS)  # wraps around as it did before
        self._say(frames_note(self._base, FrameSequence(records)))

    def _tell(self, now: float) -> None:
        self._told = now
        if self._frames:
            self._say(Note(Kind.PROGRESS, self._first, self._last, self._frames))
        self._frames = 0


class Trouble:
    """What could not be decoded, put together into stretches before it is said."""

    def __init__(self, say: Callable[[Note], None]) -> None:
        self._say = say
        self.errors = 0
        self._start = self._end = self._count = 0
        self._large_ms = -_LONGEST_STRETCH_MS

    def gap(self, start: int, end: int) -> None:
        """No frame came out between ``start`` and ``end``."""
        why = f"{self.errors} damaged packets" if self.errors else "nothing was received"
        self.errors = 0
        self._say(Note(Kind.MISSED, start, end, text=why))

    def decoded(self, time_ms: int, *, damaged: bool) -> None:
        """A frame came out, in part invented by the decoder when ``damaged``."""
        if damaged or self.errors:
            if not self._count:
                self._start = time_ms
            self._count += 1
            self._end, self.errors = time_ms, 0
        over = time_ms - self._end > _STRETCH_MS or time_ms - self._start > _LONGEST_STRETCH_MS
        if self._count and over:
            self.finish()

    def finish(self) -> None:
        """Say what is left."""
        if self._count:
            text = f"{self._count} pictures damaged or lost"
            self._say(Note(Kind.MISSED, self._start, self._end, text=text))
        self._count = 0

    def too_large(self, time_ms: int, width: int, height: int) -> None:
        """Pictures are larger than the limit; said now and then."""
        if time_ms - self._large_ms >= _LONGEST_STRETCH_MS:
            self._large_ms = time_ms
            text = f"{width} x {height} pixels are above the limit for one frame"
            self._say(Note(Kind.MISSED, time_ms, time_ms, text=text))
