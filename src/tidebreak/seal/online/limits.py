"""How much an operator may ask, and from when on somebody should look at it."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.errors import UsageError

BATCH = 1000
"""Elements or values of one request, at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one operator.

    ``per_day`` and ``per_second`` count elements that are evaluated; a day is one of UTC, and
    ``burst`` may be asked at once after a pause. ``alarm_hits`` in a day raise an alarm, as does
    a share of hits above ``alarm_share`` (from 20 hits on), and 80 % of ``per_day``.
    """

    per_day: int = 100_000
    per_second: float = 2000.0
    burst: int = 10_000
    alarm_hits: int = 100
    alarm_share: float = 0.05

    def checked(self) -> Limits:
        """Return these limits; raise `UsageError` when they cannot be meant."""
        if self.per_day < 1 or self.per_second <= 0 or self.burst < BATCH:
            raise UsageError(
                f"Let an operator ask at least once a day, and {BATCH:,} at once after a pause."
            )
        if self.alarm_hits < 1 or not 0 < self.alarm_share <= 1:
            raise UsageError("An alarm needs one hit or more, and a share from 0 to 1.")
        return self

    def alarms(self, asked: int, hits: int) -> tuple[str, ...]:
        """Return what there is to look at, after so many were asked and hit in a day."""
        raised = {
            "many hits": hits >= self.alarm_hits,
            "high share of hits": hits >= _FEW and hits > self.alarm_share * asked,
            "nearly all of the quota": asked >= _MUCH * self.per_day,
        }
        return tuple(name for name, is_so in raised.items() if is_so)


_FEW, _MUCH = 20, 0.8
