"""Verdicts on what links name: all identifiers of a batch are sealed and looked up at once.

Only what has a hit becomes an observation, so that a million links that name nothing known cost
little more than their seals.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tidebreak.check.records import NOTHING
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.derived import Parent
from tidebreak.matching.matcher import Matcher, verdict_of
from tidebreak.matching.observe import observe
from tidebreak.model import UNKNOWN_SIZE, Examination, Level, Match, Observation, Signal, Verdict
from tidebreak.signals import EXACT_TYPES, SignalType

CLAIMED = "only by the word of the torrent's author, so a person decides"
ALIGNED = "one piece and the size are those of a file that is held here; the rest was not compared"


class Part(NamedTuple):
    """What is looked up together: the identifiers of one content.

    ``doubt`` says why a match of them is never more than exact-weak, empty when it may be.
    """

    signals: tuple[Signal, ...]
    size: int | None = None
    doubt: str = ""


@dataclass(slots=True)
class _Column:
    """Values of one type and length that are sealed at once, and the rows that they are of."""

    type: SignalType
    length: int
    values: list[bytes] = field(default_factory=list[bytes])
    rows: list[int] = field(default_factory=list[int])


class Judge:
    """Looks parts up in the lists as they are now; ``names`` are types that these can recognise."""

    def __init__(
        self,
        matcher: Matcher,
        snapshot: Snapshot,
        sealer: Sealer,
        told: frozenset[str],
        asked: frozenset[str] = frozenset(),
    ) -> None:
        """``told`` are spaces of lists that count as hits, ``asked`` those of other lists, too."""
        self._matcher = matcher
        self._snapshot = snapshot
        self._sealer = sealer
        self.names = _types_in(told)
        self._asked = _types_in(told | asked)

    def judge(self, parts: Sequence[Part]) -> list[Verdict]:
        """Return one verdict per part, in order."""
        verdicts = [NOTHING] * len(parts)
        rows = self._rows_with_hits(parts)
        if not rows:
            return verdicts
        readings = [(row, part) for row in rows for part in _readings(parts[row])]
        found = self._matcher.judge(self._observed([part for _, part in readings]))
        for (row, part), judgement in zip(readings, found, strict=True):
            verdict = in_doubt(judgement.verdict, part.doubt)
            before = verdicts[row]
            verdicts[row] = verdict if before is NOTHING else _stronger(before, verdict)
        return verdicts

    def recognised(self, part: Part) -> list[Parent]:
        """Return the entries by which ``part`` was recognised, no stronger than its doubt lets."""
        weak = bool(part.doubt)
        items = self._observed(_readings(part))
        parents = [parent for item in items for parent in self._matcher.recognised(item)]
        return [replace(p, grade=_weaker(p.grade)) if weak else p for p in parents]

    def _observed(self, parts: Sequence[Part]) -> list[Observation]:
        return observe(
            [
                Examination("", UNKNOWN_SIZE if p.size is None else p.size, "", p.signals)
                for p in parts
            ],
            self._sealer,
        )

    def _rows_with_hits(self, parts: Sequence[Part]) -> list[int]:
        gathered: dict[str, list[_Column]] = {name: [] for name in self._asked}
        for row, part in enumerate(parts):
            for signal in part.signals:
                columns = gathered.get(signal.type.name)
                if columns is None:
                    continue
                length = len(signal.value)
                if not columns or columns[-1].length != length:
                    columns.append(_Column(signal.type, length))
                columns[-1].values.append(signal.value)
                columns[-1].rows.append(row)
        hits: set[int] = set()
        for column in itertools.chain.from_iterable(gathered.values()):
            block = np.frombuffer(b"".join(column.values), np.uint8).reshape(len(column.rows), -1)
            queries, _ = self._snapshot.find_exact(self._sealer.seal_many(column.type, block))
            hits.update(column.rows[query] for query in queries.tolist())
        return sorted(hits)


def _readings(part: Part) -> list[Part]:
    """Return ``part``, and its strong digests alone without the size.

    Only an author states that size: it may confirm a weak digest, and weakens no strong one.
    """
    strong = tuple(signal for signal in part.signals if signal.type.strong)
    if part.size is None or part.doubt == ALIGNED or not strong:
        return [part]
    return [part, Part(strong, None, part.doubt)]


def _stronger(one: Verdict, two: Verdict) -> Verdict:
    """Return both readings as one verdict: of each entry and type the stronger match."""
    best: dict[tuple[str, str, str], Match] = {}
    for match in (*one.matches, *two.matches):
        key = match.list, match.entry, match.signal
        if key not in best or match.level.rank < best[key].level.rank:
            best[key] = match
    return replace(merged(best.values()), omitted=max(one.omitted, two.omitted))


def _types_in(spaces: frozenset[str]) -> frozenset[str]:
    return frozenset(kind.name for kind in EXACT_TYPES if kind.space in spaces)


def in_doubt(verdict: Verdict, doubt: str) -> Verdict:
    """Return ``verdict``, never stronger than exact-weak where there is a ``doubt``."""
    return merged([replace(m, **_doubted(m, doubt)) for m in verdict.matches]) if doubt else verdict


def merged(matches: Iterable[Match]) -> Verdict:
    """Return the verdict of all ``matches`` together, each stated once."""
    once = dict.fromkeys(matches)
    return verdict_of(list(once)) if once else NOTHING


def _doubted(match: Match, doubt: str) -> dict[str, object]:
    return {"level": _weaker(match.level), "reason": f"{match.reason}; {doubt}"}


def _weaker(level: Level) -> Level:
    return Level.EXACT_WEAK if level is Level.EXACT else level
