"""How often people found a verdict right: by list, algorithm and distance, as reviews tell.

Laws on known material ask for such figures (docs/screening.md). They are of what was reviewed,
which is no random sample unless the policy draws one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidebreak.model import Match
from tidebreak.screening.rows import Record

BAND = 8
"""Bits of a Hamming distance that are counted together."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What people said of matches of one list, by one kind of signal, within one band.

    ``band`` is ``equal``, ``0-7`` and so on in bits, or the level where there is no such distance.
    """

    list: str
    signal: str
    band: str
    confirmed: int
    wrong: int
    unclear: int

    @property
    def precision(self) -> float | None:
        """The share of those decided that were right, 0-1; None where none is."""
        decided = self.confirmed + self.wrong
        return self.confirmed / decided if decided else None


def accuracy(reviewed: Iterable[Record]) -> list[Accuracy]:
    """Return the figures of ``reviewed`` screenings, of each by its last review.

    A match counts once per screening, by the strongest one of its list and signal.
    """
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for record in reviewed:
        if record.reviews:
            for key in _keys(record):
                counts[key][record.reviews[-1].outcome] += 1
    return [
        Accuracy(*key, told["confirmed"], told["wrong"], told["unclear"])
        for key, told in sorted(counts.items())
    ]


def _keys(record: Record) -> Iterator[tuple[str, str, str]]:
    seen: set[tuple[str, str]] = set()
    matches = (match for part in record.screened.parts for match in part.verdict.matches)
    hits = [match for match in matches if match.kind.hits and match.level.found]
    for match in sorted(hits, key=lambda match: (match.level.rank, match.distance)):
        if (match.list, match.signal) not in seen:
            seen.add((match.list, match.signal))
            yield match.list, match.signal, _band(match)


def _band(match: Match) -> str:
    if match.region == "whole file" or match.region == "whole torrent":
        return "equal"
    if match.signal != "pdq":
        return match.level.value
    start = int(match.distance) // BAND * BAND
    return f"{start}-{start + BAND - 1}"
