"""Watches what callers find: whoever may ask can learn what is on a list, bit by bit.

Three shapes of asking are told of. A *high share of hits* in an hour, as of somebody who tries
out a collection. *Far more than usual*: ten times the share of the caller's last 30 days. And
*variants of one hit*: different contents that all look like one that was a hit, as of somebody
who changes a picture a little each time to find the edge. A thing that goes round unchanged is
none of these, however often it comes. Near hashes of hits are held in memory, and nowhere else.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tidebreak.access.alarms import AlarmKind, Raised
from tidebreak.access.meters import Count
from tidebreak.access.roles import Principal

FEW = 20
"""Hits up to which a share means nothing."""
FAR = 10
"""How many times the usual share is far more."""
KNOWN = 10_000
"""Look-ups from which on it is known what is usual."""
ALIKE = 80
"""Bits (of 256) up to which two near hashes look alike; two pictures at random differ in 128."""

_SLOT, _SLOTS = 600.0, 6
_ANCHORS, _ANCHOR_SECONDS = 64, 86400.0

Near = tuple[bytes, bool]
"""The near hash (PDQ, 32 bytes) of what was looked up, and whether it was a hit."""


@dataclass(slots=True)
class _Anchor:
    """A hit, and everything that looked like it since ``begun``."""

    begun: float
    seen: set[int]
    misses: int = 0


@dataclass(slots=True)
class _Watched:
    """What one caller asked in the last hour, in slots of ten minutes, and its hits of a day."""

    slots: deque[tuple[int, Count]] = field(default_factory=lambda: deque(maxlen=_SLOTS))
    anchors: OrderedDict[int, _Anchor] = field(default_factory=OrderedDict[int, _Anchor])

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

    def variants(self, value: int, hit: bool, now: float) -> _Anchor | None:
        """Put ``value`` to the hit that it looks like, and return that."""
        for known, anchor in self.anchors.items():
            if (known ^ value).bit_count() <= ALIKE:
                if now - anchor.begun > _ANCHOR_SECONDS:
                    del self.anchors[known]
                    break
                self.anchors.move_to_end(known)
                anchor.misses += not hit and value not in anchor.seen
                anchor.seen.add(value)
                return anchor
        if hit:
            self.anchors[value] = _Anchor(now, {value})
            if len(self.anchors) > _ANCHORS:
                self.anchors.popitem(last=False)
        return None


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
            watched = self._watched.setdefault(principal.id, _Watched())
            hour = watched.count(Count(asked, hits), now)
            found = self._shares(principal, hour) if hits else []
            for value, hit in near:
                number = int.from_bytes(value, "big")
                anchor = watched.variants(number, hit, now)
                if anchor and len(anchor.seen) >= principal.limits.alarm_variants:
                    detail = {"variants": len(anchor.seen), "misses": anchor.misses}
                    found.append(_raised(principal, AlarmKind.VARIANTS, detail))
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
