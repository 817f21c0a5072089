"""From frame after frame of matches to sightings: something begins to be seen, goes on, ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tidebreak.model import Match, Range
from tidebreak.watch.events import Phase

QUIET_MS = 5000
"""What has not been seen for so long is over."""
_TELL_MS = 10_000
"""How often something that goes on is told again."""
_BRIDGE_SECONDS = 3.0
_MOST_OPEN = 1000
"""Sightings that may be open at a time in one stream; what is beyond that is said."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One match at one time; ``ranges`` of a video are on the clock of the stream."""

    match: Match
    start_ms: int
    end_ms: int

    @property
    def key(self) -> tuple[str, str]:
        """What is one sighting when it is seen again."""
        return self.match.list, self.match.entry


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be told about a sighting: its number, phase, time in ms, and best match so far."""

    number: int
    phase: Phase
    start_ms: int
    end_ms: int
    match: Match


@dataclass(frozen=True, slots=True)
class PassedOver:
    """So many entries were seen that there was no room for, between two times in ms."""

    start_ms: int
    end_ms: int
    count: int

    @property
    def reason(self) -> str:
        """What was missed, in words."""
        return (
            f"{_MOST_OPEN} sightings are open already: {self.count} further entries that were"
            " seen are not told"
        )


@dataclass(slots=True)
class _Open:
    number: int
    start_ms: int
    end_ms: int
    match: Match
    told_ms: int

    def take(self, seen: Seen) -> bool:
        """Add what was seen; return whether that makes it stronger."""
        self.start_ms = min(self.start_ms, seen.start_ms)
        self.end_ms = max(self.end_ms, seen.end_ms)
        stronger = seen.match.level.rank < self.match.level.rank
        ranges = merged(self.match.ranges, seen.match.ranges)
        best = seen.match if _strength(seen.match) <= _strength(self.match) else self.match
        self.match = replace(best, ranges=ranges)
        return stronger

    def change(self, phase: Phase) -> Change:
        return Change(self.number, phase, self.start_ms, self.end_ms, self.match)


class Sightings:
    """The sightings of one stream. Numbers count from 1."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Open] = {}
        self._number = 0
        self._passed_over: dict[tuple[str, str], tuple[int, int]] = {}
        self._said_ms = -_TELL_MS

    def see(self, seen: Iterable[Seen]) -> Iterator[Change]:
        """Take matches, and yield what is to be told."""
        for one in sorted(seen, key=lambda item: _strength(item.match)):
            known = self._open.get(one.key)
            if known is None:
                if len(self._open) >= _MOST_OPEN:
                    start_ms, _ = self._passed_over.get(one.key, (one.start_ms, 0))
                    self._passed_over[one.key] = start_ms, one.end_ms
                    continue
                self._number += 1
                known = _Open(self._number, one.start_ms, one.end_ms, one.match, one.end_ms)
                self._open[one.key] = known
                yield known.change(Phase.BEGIN)
            elif known.take(one) or known.end_ms - known.told_ms >= _TELL_MS:
                known.told_ms = known.end_ms
                yield known.change(Phase.UPDATE)

    def advance(self, now_ms: int) -> Iterator[Change]:
        """The stream has come to ``now_ms``: yield the sightings that are over."""
        over = [key for key, one in self._open.items() if now_ms - one.end_ms > QUIET_MS]
        for key in over:
            yield self._open.pop(key).change(Phase.END)

    def passed_over(self, now_ms: int | None) -> PassedOver | None:
        """Return what there was no room for, if there is any and it is time to say so.

        That is every ten seconds; None asks whatever the time.
        """
        missed = self._passed_over
        if not missed or (now_ms is not None and now_ms - self._said_ms < _TELL_MS):
            return None
        self._passed_over = {}
        self._said_ms = self._said_ms if now_ms is None else now_ms
        first = min(start for start, _ in missed.values())
        return PassedOver(first, max(end for _, end in missed.values()), len(missed))

    def finish(self) -> Iterator[Change]:
        """The stream is over: yield all that are open."""
        for key in list(self._open):
            yield self._open.pop(key).change(Phase.END)


def _strength(match: Match) -> tuple[float, float, float]:
    return match.level.rank, -(match.known_fraction or 0), match.distance


def merged(known: tuple[Range, ...], new: tuple[Range, ...]) -> tuple[Range, ...]:
    """Return the ranges of a video seen so far; what goes on is one range.

    A window moves along the stream: what it shows again of a range begins later and ends later.
    """
    ranges = list(known)
    for one in new:
        place = next((i for i, other in enumerate(ranges) if _goes_on(other, one)), None)
        if place is None:
            ranges.append(one)
        else:
            other = ranges[place]
            first, last = min(other, one), max(other, one, key=lambda item: item[1])
            ranges[place] = (first[0], last[1], first[2], last[3])
    return tuple(sorted(ranges))


def _goes_on(one: Range, other: Range) -> bool:
    """Whether two ranges overlap or meet, in the stream and in the known video alike."""
    apart = max(one[0], other[0]) - min(one[1], other[1])
    shift = abs((one[0] - one[2]) - (other[0] - other[2]))
    length = max(one[1], other[1]) - min(one[0], other[0])
    # A video at another speed drifts by up to a third of its length.
    return apart <= _BRIDGE_SECONDS and shift <= max(_BRIDGE_SECONDS, length / 3)
