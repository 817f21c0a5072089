"""The time of each frame of a stream, on the clock of the watch, and what is missing between."""

from __future__ import annotations

from collections import deque
from statistics import median

_JUMP_MS = 10_000
"""A timestamp that leaps further than this ahead of what has passed starts a new count."""
_BACK_MS = 500
"""So does one that goes back further than frames come out of order."""
LEAST_GAP_MS = 1000
_GAP_STEPS = 4
"""A gap is longer than a second, and than so many usual steps."""
_REMEMBERED = 25


class StreamClock:
    """Places frames on one time line, in ms since the watch began, however often a sender restarts.

    A connection's first frame is placed at the moment when it came out; the others follow by
    their timestamps. Where those jump, the moment counts again.
    """

    def __init__(self, last_ms: int = 0) -> None:
        self._last = last_ms
        self._offset: float | None = None
        self._steps: deque[int] = deque(maxlen=_REMEMBERED)

    @property
    def last(self) -> int:
        """The time of the latest frame."""
        return self._last

    def restart(self) -> None:
        """Count anew: timestamps of another connection follow."""
        self._offset = None
        self._steps.clear()

    def place(self, stamp_ms: float | None, now_ms: int) -> int:
        """Return the time of the next frame, never before the last one's.

        ``stamp_ms`` is its timestamp, if it has one, ``now_ms`` the moment.
        """
        if stamp_ms is None:
            return self._advance(now_ms)
        if self._offset is None or self._has_jumped(stamp_ms + self._offset, now_ms):
            self._offset = max(now_ms, self._last) - stamp_ms
        return self._advance(round(stamp_ms + self._offset))

    def gap_before(self, time_ms: int, since_ms: int) -> bool:
        """Whether frames are missing between ``since_ms`` and ``time_ms``."""
        step = time_ms - since_ms
        usual = median(self._steps) if self._steps else 0
        if self._steps and step > max(LEAST_GAP_MS, _GAP_STEPS * usual):
            self._steps.clear()
            return True
        self._steps.append(step)
        return False

    def _has_jumped(self, time: float, now_ms: int) -> bool:
        return time < self._last - _BACK_MS or time > max(self._last, now_ms) + _JUMP_MS

    def _advance(self, time: int) -> int:
        self._last = max(self._last, time)
        return self._last
