"""Watches what callers find: whoever may ask can learn what is on a list, bit by bit.

Three shapes of asking are told of. A *high share of hits* in an hour, as of somebody who tries
out a collection. *Far more than usual*: ten times the share of the caller's last 30 days. And
*variants of one hit*: different contents that all look like one that was a hit, as of somebody
who changes a picture a little each time to find the edge. A thing that goes round unchanged is
none of these, however often it comes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tidebreak.access.alarms import AlarmKind, Raised
from tidebreak.access.meters import Count
from tidebreak.access.roles import Principal
from tidebreak.access.variants import Near, Variants

FEW = 20
"""Hits up to which a share means nothing."""
FAR = 10
"""How many times the usual share is far more."""
KNOWN = 10_000
"""Look-ups from which on it is known what is usual."""
_SLOT, _SLOTS = 600.0, 6


@dataclass(slots=True)
class _Watched:
    """What one caller asked in the last hour, in slots of ten minutes, and what it hit."""

    principal: Principal
    slots: deque[tuple[int, Count]] = field(default_factory=lambda: deque(maxlen=_SLOTS))
    variants: Variants = field(default_factory=Variants)

    def count(self, new: Count, now: float) -> Count:
        """Add to the slot of ``now``; return what the last hour comes to."""
        slot = int(now // _SLOT)
        if not self.slots or self.slots[-1][0] != slot:
            self.slots.append((slot, Count()))
        self.slots[-1][1].add(new)
        total = Count()
        for number, count in self.slots:
            if number > slot - _SLOTS:
                total.add(count)
        return total


class HitWatch:
    """Watches all callers, in memory; safe from several threads."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks, self._lock = ticks, threading.Lock()
        self._watched: dict[str, _Watched] = {}
        self._usual: Mapping[str, Count] = {}

    def learn(self, usual: Mapping[str, Count]) -> None:
        """Take what callers (`Principal.id`) asked in the days before today."""
        self._usual = usual

    def looked_up(
        self, principal: Principal, asked: int, hits: int, near: Iterable[Near] = ()
    ) -> list[Raised]:
        """Count look-ups that were made; return what there is to look at, again each time."""
        now = self._ticks()
        with self._lock:
            watched = self._watched.get(principal.id)
            if watched is None:
                watched = self._watched[principal.id] = _Watched(principal)
            watched.principal = principal
            watched.variants.add(near, hits)
            hour = watched.count(Count(asked, hits), now)
            return self._shares(principal, hour) if hits else []

    def sift(self) -> list[Raised]:
        """Compare what was looked up since the last time; return what there is to look at.

        Only in one thread at a time; nobody who looks up waits for it.
        """
        found: list[Raised] = []
        with self._lock:
            everyone = [(one, one.variants.take()) for one in self._watched.values()]
        for one, taken in everyone:
            grown = one.variants.sift(taken, self._ticks())
            found += [
                _raised(one.principal, AlarmKind.VARIANTS,
                        {"variants": len(anchor.seen), "misses": anchor.misses})
                for anchor in grown
                if len(anchor.seen) >= one.principal.limits.alarm_variants
            ]  # fmt: skip
        return found

    def _shares(self, principal: Principal, hour: Count) -> list[Raised]:
        if hour.hits < FEW:
            return []
        detail = {"asked": hour.asked, "hits": hour.hits}
        usual = self._usual.get(principal.id, Count())
        kinds = {
            AlarmKind.HIGH_SHARE: hour.hits > principal.limits.alarm_share * hour.asked,
            AlarmKind.UNUSUAL_SHARE: usual.asked >= KNOWN
            and hour.hits * usual.asked > FAR * max(1, usual.hits) * hour.asked,
        }
        return [_raised(principal, kind, detail) for kind, is_so in kinds.items() if is_so]


def _raised(principal: Principal, kind: AlarmKind, detail: Mapping[str, int]) -> Raised:
    return Raised(principal.id, principal.name, kind, detail)
