"""The time of each frame, from timestamps that may be missing, wrap around or lie."""

from __future__ import annotations

from fractions import Fraction

_USUAL_STEP_MS = 40.0
_LONGEST_STEP_MS = 3_600_000.0
"""A frame that claims to come an hour after the one before it starts a new count."""

_BACK_MS = 500.0
"""Frames may come a little out of order; what jumps back further starts a new count, too."""

LAST_MS = 2**32 - 1


class Clock:
    """Turns the timestamps of one stream into milliseconds since its first frame.

    ``unit`` is a timestamp's length in seconds, ``rate`` frames per second where it is known.
    Where a stream's own count begins anew, as in recordings that were cut together, time goes on
    by one frame.
    """

    def __init__(self, unit: Fraction | None, rate: Fraction | None) -> None:
        self.unit_ms = float(unit * 1000) if unit else 1.0
        self._step = float(1000 / rate) if rate else _USUAL_STEP_MS
        self._origin: float | None = None
        self._last = -self._step

    @property
    def step_ms(self) -> float:
        """The time from one frame to the next, as the stream states it."""
        return self._step

    @property
    def begun(self) -> bool:
        """Whether there was a frame."""
        return self._last >= 0

    def ms(self, timestamp: int | None) -> int:
        """Return the time of the frame with ``timestamp``; frames come in the order of display."""
        if timestamp is None:
            return self._advance(self._last + self._step)
        stated = timestamp * self.unit_ms
        if self._origin is None:
            self._origin = stated
        time = stated - self._origin
        if not self._last - _BACK_MS <= time <= self._last + _LONGEST_STEP_MS:
            time = self._last + self._step
            self._origin = stated - time
        return self._advance(max(time, self._last))

    def _advance(self, time: float) -> int:
        self._last = time
        return min(round(time), LAST_MS)
