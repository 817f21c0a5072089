"""How much a caller may ask, and from when on somebody should look at it."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one key, or of one person.

    A look-up is one content that is compared with the lists. ``per_second`` of them may be asked
    on average, ``burst`` at once after a pause, ``per_day`` in a day of UTC. ``alarm_hits`` in a
    day raise an alarm, as do a share of hits above ``alarm_share`` in an hour, and
    ``alarm_variants`` different contents within a day that all look like one that was a hit.
    """

    per_second: float = 500.0
    burst: int = 5_000
    per_day: int = 5_000_000
    alarm_hits: int = 1_000
    alarm_share: float = 0.05
    alarm_variants: int = 20

    def checked(self) -> Limits:
        """Return these limits; raise `UsageError` when they cannot be meant."""
        if not self.per_second > 0 or self.burst < 1 or self.per_day < 1:
            raise UsageError("Let a caller ask at least once a second, at once and a day.")
        if self.alarm_hits < 1 or self.alarm_variants < 2 or not 0 < self.alarm_share <= 1:
            raise UsageError(
                "An alarm needs one hit or more, two variants or more, and a share from 0 to 1."
            )
        return self


OF_PEOPLE = Limits(per_second=5.0, burst=200, per_day=5_000, alarm_hits=200)
"""People look up by hand."""
