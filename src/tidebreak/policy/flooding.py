"""When an entry floods, what that means, and whom the policy asks about it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tidebreak.model import Level

EntryName = tuple[str, str, str]
"""A list, its entry (``#number`` or the owner's id), and how it is recognised: `how_of`.

Pictures that merely resemble an entry must not hold back what is done about the entry itself.
"""


def how_of(level: Level) -> str:
    """Return what matches are counted together: those that are exact, by weak digests, or near."""
    return level.value if level in (Level.EXACT, Level.EXACT_WEAK) else Level.NEAR.value


class OnFlood(StrEnum):
    """What an entry's flood does to decisions by that entry alone."""

    HOLD = "hold"
    """They become a review at most, quarantine at most where the match is exact, until a person has
    looked.
    """
    ALARM = "alarm"
    """Nothing but the alarm: for lists whose owner vouches for every entry."""


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """An entry floods when it matches ``count`` times in ``minutes``.

    And then at least ``times_usual`` times as often as it did over the day before.
    """

    count: int = 1000
    minutes: int = 60
    times_usual: float = 10.0
    mode: OnFlood = OnFlood.HOLD


class Floods(Protocol):
    """Whoever counts how often entries match."""

    def seen(
        self, entries: Collection[EntryName], limits: Callable[[str], FloodLimits]
    ) -> frozenset[EntryName]:
        """Count one match of each; return those that flood. ``limits`` are those of a list."""
        ...

    def flooding(self, entries: Collection[EntryName]) -> frozenset[EntryName]:
        """Return those that flood, counting nothing."""
        ...
