"""How the last hour went, for people who look: rates, times and outcomes in slots of ten seconds.

Kept in memory by each process and lost with it: what must last is in the records and in
Prometheus. Safe from several threads.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tidebreak.screens import Screened

SLOT_SECONDS = 10
SLOTS = 360

_MS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000)
"""Upper bounds of the classes of times, in milliseconds; what is slower is in one more."""

_WATCHING = ("/healthz", "/readyz", "/metrics", "/v1/status", "/v1/status/history")
"""Who asks how it goes is no load; neither is what the page itself is made of."""


@dataclass(slots=True)
class _Slot:
    number: int
    requests: int = 0
    failed: int = 0
    refused: int = 0
    times: list[int] = field(default_factory=lambda: [0] * (len(_MS) + 1))
    levels: Counter[str] = field(default_factory=Counter[str])
    actions: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class Slot:
    """Ten seconds: when they began (Unix seconds, UTC), requests per second, times in ms.

    ``failed`` requests got 500 or more, ``refused`` ones 429. Times are the least bound of a class
    that this share of all answers did not exceed; None where there were none.
    """

    at: int
    rate: float
    failed: int
    refused: int
    p50: int | None
    p99: int | None
    levels: Mapping[str, int]
    actions: Mapping[str, int]


class History:
    """The last hour."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._turn = clock, threading.Lock()
        self._slots: deque[_Slot] = deque(maxlen=SLOTS)

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count one request; ``route`` is the template of its path."""
        if route in _WATCHING or not route.startswith("/v1/"):
            return
        with self._turn:
            slot = self._slot()
            slot.requests += 1
            slot.failed += status >= 500
            slot.refused += status == 429
            slot.times[bisect_left(_MS, seconds * 1000)] += 1

    def screened(self, screened: Screened) -> None:
        """Count one screening."""
        with self._turn:
            slot = self._slot()
            slot.levels[screened.level.value] += 1
            slot.actions[screened.decision.action.value] += 1

    def slots(self) -> list[Slot]:
        """Return the slots of the last hour, oldest first; without those in which nothing was."""
        with self._turn:
            oldest = int(self._clock()) // SLOT_SECONDS - SLOTS
            return [_told(slot) for slot in self._slots if slot.number > oldest]

    def _slot(self) -> _Slot:
        number = int(self._clock()) // SLOT_SECONDS
        # A clock that is set back counts on in the newest slot: slots stay in order.
        if not self._slots or self._slots[-1].number < number:
            self._slots.append(_Slot(number))
        return self._slots[-1]


def _told(slot: _Slot) -> Slot:
    return Slot(
        slot.number * SLOT_SECONDS,
        slot.requests / SLOT_SECONDS,
        slot.failed,
        slot.refused,
        _percentile(slot.times, 0.5),
        _percentile(slot.times, 0.99),
        dict(slot.levels),
        dict(slot.actions),
    )


def _percentile(times: Sequence[int], share: float) -> int | None:
    wanted, seen = share * sum(times), 0
    for bound, count in zip((*_MS, _MS[-1]), times, strict=True):
        seen += count
        if count and seen >= wanted:
            return bound
    return None
