"""Finds who changes one picture over and over: near hashes that all look like one that was a hit.

They are compared in batches, and only with what the same caller hit before: a caller that hits
nothing costs nothing. Near hashes of hits are held in memory, and nowhere else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

ALIKE = 80
"""Bits (of 256) up to which two near hashes look alike; two pictures at random differ in 128."""
ANCHORS, WAITING = 64, 1 << 16
"""Hits remembered for each caller, and look-ups that wait to be compared with them."""

_SECONDS = 86400.0
_BYTES = 32
_BATCH = 1024

Near = tuple[bytes, bool]
"""The near hash (PDQ, 32 bytes) of what was looked up, and whether it was a hit."""
_Words = NDArray[np.uint64]


@dataclass(slots=True)
class Anchor:
    """A hit, and everything that looked like it since ``begun``; ``misses`` of that were none."""

    begun: float
    seen: set[bytes]
    misses: int = 0

    def add(self, value: bytes, hit: bool) -> None:
        """Add what looks like it; the same again changes nothing."""
        self.misses += not hit and value not in self.seen
        self.seen.add(value)


@dataclass(slots=True)
class Variants:
    """The hits of one caller in the last day, the last used ones, and what is still to compare."""

    _anchors: OrderedDict[bytes, Anchor] = field(default_factory=OrderedDict[bytes, Anchor])
    _waiting: list[Near] = field(default_factory=list[Near])

    def add(self, near: Iterable[Near], hits: int) -> None:
        """Take what was looked up; where nothing was ever hit it is let go at once."""
        if hits or self._anchors or self._waiting:
            room = WAITING - len(self._waiting)
            self._waiting += [one for one in near if one[1] or room > 0]

    def take(self) -> list[Near]:
        """Return what waits to be compared, for `sift`; nothing waits then."""
        taken, self._waiting = self._waiting, []
        return taken

    def sift(self, taken: list[Near], now: float) -> list[Anchor]:
        """Compare what was taken; return the anchors that something was added to."""
        for value in [value for value, one in self._anchors.items() if now - one.begun > _SECONDS]:
            del self._anchors[value]
        grown: dict[int, Anchor] = {}
        for start in range(0, len(taken), _BATCH):
            batch = [one for one in taken[start : start + _BATCH] if len(one[0]) == _BYTES]
            rest = self._put(batch, grown)
            for value, hit in rest:  # one after the other: the first may be what others look like
                if hit and self._put([(value, hit)], grown):
                    self._anchors[value] = Anchor(now, {value})
            self._put([one for one in rest if not one[1]], grown)
            while len(self._anchors) > ANCHORS:
                self._anchors.popitem(last=False)
        return list(grown.values())

    def _put(self, batch: list[Near], grown: dict[int, Anchor]) -> list[Near]:
        """Put each to the anchor that it looks like; return those that look like none."""
        if not batch or not self._anchors:
            return batch
        known = list(self._anchors)
        distances = _distances(_words([value for value, _ in batch]), _words(known))
        nearest = distances.argmin(axis=1)
        alike = distances[np.arange(len(batch)), nearest] <= ALIKE
        for row in np.flatnonzero(alike).tolist():
            value = known[nearest[row]]
            anchor = self._anchors[value]
            anchor.add(*batch[row])
            self._anchors.move_to_end(value)
            grown[id(anchor)] = anchor
        return [batch[row] for row in np.flatnonzero(~alike).tolist()]


def _words(values: list[bytes]) -> _Words:
    return np.frombuffer(b"".join(values), np.uint64).reshape(-1, _BYTES // 8)


def _distances(these: _Words, those: _Words) -> NDArray[np.uint16]:
    """Return the Hamming distances of each of ``these`` to each of ``those``."""
    distances = np.zeros((len(these), len(those)), np.uint16)
    for one, other in zip(these.T, those.T, strict=True):  # word by word: a sum would be slow
        distances += np.bitwise_count(one[:, None] ^ other[None, :])
    return distances
