"""Counts what callers ask, in memory, and keeps the counts in the store once a second.

Several processes share the count of a day, each of them a second behind the others: together they
may let through more than the quota by what one second of asking comes to. The rate is each
process's own. A process that is killed forgets its last second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tidebreak.access.ledger import Ledger, at
from tidebreak.access.limits import Limits
from tidebreak.access.roles import Principal
from tidebreak.errors import OverLimit

_DAY = 86400


@dataclass(slots=True)
class Count:
    """Look-ups and how many of them were hits."""

    asked: int = 0
    hits: int = 0

    def add(self, other: Count) -> None:
        """Add the other count to this one."""
        self.asked += other.asked
        self.hits += other.hits


@dataclass(slots=True)
class _Bucket:
    """What may still be asked at once; below zero after a request that was larger than that."""

    principal: Principal
    allowance: float
    filled: float

    def take(self, limits: Limits, count: int, now: float) -> None:
        gained = (now - self.filled) * limits.per_second
        left = min(float(limits.burst), self.allowance + gained)
        # A request that is larger than the burst passes when the bucket is full: it would never.
        missing = min(count, limits.burst) - left
        if missing > 0:
            raise OverLimit("More was asked than is allowed at once.", missing / limits.per_second)
        self.allowance, self.filled = left - count, now


class Meters:
    """The counts of all callers; safe from several threads."""

    def __init__(self, ledger: Ledger, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ledger, self._ticks = ledger, ticks
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}
        self._today = 0
        self._kept: dict[str, Count] = {}
        """Of today, as the store has it."""
        self._fresh: dict[int, dict[str, Count]] = {}
        """What the store does not have yet, by day."""

    @property
    def callers(self) -> list[Principal]:
        """Everyone who has asked this process."""
        with self._lock:
            return [bucket.principal for bucket in self._buckets.values()]

    def charge(self, principal: Principal, count: int) -> None:
        """Count ``count`` look-ups before they are made; raise `OverLimit` for too many."""
        seconds, limits, who = self._ledger.clock(), principal.limits, principal.id
        now, day = self._ticks(), int(seconds) // _DAY
        with self._lock:
            if self._asked(who, day) + count > limits.per_day:
                raise OverLimit("The quota of this day is used up.", _DAY - seconds % _DAY)
            bucket = self._buckets.get(who)
            if bucket is None:
                bucket = self._buckets[who] = _Bucket(principal, float(limits.burst), now)
            bucket.principal = principal
            bucket.take(limits, count, now)
            self._count(who, day).asked += count

    def hit(self, principal: Principal, count: int) -> None:
        """Count ``count`` hits."""
        day = int(self._ledger.clock()) // _DAY
        with self._lock:
            self._count(principal.id, day).hits += count

    def flush(self) -> dict[str, Count]:
        """Keep what is new, learn what other processes counted, and return the day's counts."""
        with self._lock:
            taken, self._fresh = self._fresh, {}
        try:
            self._keep(taken)
        except BaseException:
            self._put_back(taken)
            raise
        day = int(self._ledger.clock()) // _DAY
        rows = self._ledger.sql.rows(
            "SELECT who, asked, hits FROM usage WHERE day = ?", (_name(day),)
        )
        kept = {who: Count(asked, hits) for who, asked, hits in rows}
        with self._lock:
            self._today, self._kept = day, kept
        return kept

    def _keep(self, taken: dict[int, dict[str, Count]]) -> None:
        rows = [
            (who, _name(day), count.asked, count.hits)
            for day, counts in taken.items()
            for who, count in sorted(counts.items())
        ]
        if rows:
            with self._ledger.sql.writing():
                self._ledger.sql.change_many(
                    "INSERT INTO usage (who, day, asked, hits) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (who, day) DO UPDATE SET asked = usage.asked + excluded.asked,"
                    " hits = usage.hits + excluded.hits",
                    rows,
                )

    def _put_back(self, taken: dict[int, dict[str, Count]]) -> None:
        with self._lock:
            for day, counts in taken.items():
                for who, count in counts.items():
                    self._count(who, day).add(count)

    def _asked(self, who: str, day: int) -> int:
        kept = self._kept.get(who) if day == self._today else None
        fresh = self._fresh.get(day, {}).get(who)
        return (kept.asked if kept else 0) + (fresh.asked if fresh else 0)

    def _count(self, who: str, day: int) -> Count:
        return self._fresh.setdefault(day, {}).setdefault(who, Count())


def _name(day: int) -> str:
    return at(day * _DAY)[:10]
