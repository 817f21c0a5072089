"""How much of a live stream is examined, so that it never falls behind what is being shown."""

from __future__ import annotations

from enum import IntEnum


class Effort(IntEnum):
    """What is done, most first."""

    EVERY_FRAME = 0
    SOME_FRAMES = 1
    """All are decoded, several a second are hashed."""
    REFERENCES = 2
    """Frames that no other depends on are not decoded; of the rest, several a second hashed."""
    KEYFRAMES = 3
    """Only pictures that stand alone are decoded."""


WORDS = {
    Effort.EVERY_FRAME: "every frame is hashed",
    Effort.SOME_FRAMES: "four frames a second are hashed",
    Effort.REFERENCES: "only frames that others depend on are decoded, four a second are hashed",
    Effort.KEYFRAMES: "only keyframes are decoded",
}

_EASE_SECONDS = 5.0
_LONGEST_EASE = 80.0
_RELAPSE_SECONDS = 20.0


class Pace:
    """Chooses the effort by whether the input is ever read empty.

    Less is done when there was always more to read for ``patience`` seconds, more again after
    some seconds without that; each relapse doubles the wait.
    """

    def __init__(self, now: float, *, live: bool, patience: float, effort: Effort) -> None:
        self.effort = self._most = effort
        self._live, self._patience = live, patience
        self._drained = self._changed = now
        self._eased = float("-inf")
        self._ease_after = _EASE_SECONDS

    def drained(self, now: float) -> None:
        """Take note that all that has arrived was read."""
        if now - self._drained > self._patience / 2:
            self._changed = now  # that was close: no reason to do more
        self._drained = now

    def behind(self, now: float) -> float:
        """Return for how many seconds there was always more to read."""
        return now - self._drained

    def adapt(self, now: float) -> bool:
        """Choose the effort anew, at most once a second; return whether it changed."""
        if not self._live or now - self._changed < 1:
            return False
        if self.behind(now) > self._patience and self.effort < Effort.KEYFRAMES:
            relapsed = now - self._eased < _RELAPSE_SECONDS
            self._ease_after = (
                min(2 * self._ease_after, _LONGEST_EASE) if relapsed else _EASE_SECONDS
            )
            return self._change(self.effort + 1, now)
        quiet = self.behind(now) < self._patience / 2
        if quiet and now - self._changed > self._ease_after and self.effort > self._most:
            self._eased = now
            return self._change(self.effort - 1, now)
        return False

    def _change(self, effort: int, now: float) -> bool:
        self.effort, self._changed = Effort(effort), now
        return True
