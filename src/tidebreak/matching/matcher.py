"""Which entries does this resemble, how strongly, by whose word: the one question.

The snapshot answers with entry numbers; the catalogue says what those entries are *now*, so that
a withdrawn entry or a disabled list stops counting at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue, EntryRecord
from tidebreak.matching.bands import exact_level, near_level
from tidebreak.model import Level, ListKind, Match, Observation, Verdict
from tidebreak.signals import SIGNAL_TYPES

GUARD = 16
"""Bits by which a fast path's hash is searched wider; what then comes near is hashed in full."""

MOST_MATCHES = 100
"""Matches stated per verdict, the strongest; that there were more is always said."""

_CHUNK = 4096
"""Hits looked up in the catalogue at a time: one hash may stand in a million entries."""

_NEAR_ALGORITHM = "pdq-1"

_EXACT = (Level.EXACT, Level.EXACT_WEAK)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and whether it must be confirmed with the full decode before it counts."""

    verdict: Verdict
    confirm: bool = False


class Matcher:
    """Compares observations with one snapshot and the catalogue beside it."""

    def __init__(self, snapshot: Snapshot, catalogue: Catalogue, *, leads: bool = True) -> None:
        self._snapshot = snapshot
        self._catalogue = catalogue
        lists = [item for item in catalogue.lists() if item.enabled]
        self._leads = leads
        self._quality = min((item.thresholds.quality for item in lists), default=50)
        widest = (item.thresholds.widest if leads else item.thresholds.possible for item in lists)
        self._radius = max(widest, default=0)

    def judge(self, observations: Sequence[Observation]) -> list[Judgement]:
        """Return one judgement per observation, in order."""
        exact = self._exact_hits(observations)
        near = self._near_hits(observations)
        return [
            self._judge_one(item, exact.get(row, {}), near.get(row, []))
            for row, item in enumerate(observations)
        ]

    def _exact_hits(self, observations: Sequence[Observation]) -> dict[int, dict[int, list[str]]]:
        """Per observation and entry number, the types whose seals are equal."""
        hits: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        seals = b"".join([item.seals for item in observations])
        if not seals:
            return hits
        starts = np.cumsum([0, *(len(item.types) for item in observations)])
        table = np.frombuffer(seals, np.uint8).reshape(-1, 16)
        queries, numbers = self._snapshot.find_exact(table)
        rows = np.searchsorted(starts, queries, side="right") - 1
        for row, query, number in zip(
            rows.tolist(), queries.tolist(), numbers.tolist(), strict=True
        ):
            item = observations[row]
            if not item.trivial:
                hits[row][number].append(item.types[query - int(starts[row])])
        return hits

    def _near_hits(
        self, observations: Sequence[Observation]
    ) -> dict[int, list[tuple[int, int, str, int | None]]]:
        """Per observation: (distance, entry number, region, quality), nearest first."""
        hits: dict[int, list[tuple[int, int, str, int | None]]] = defaultdict(list)
        for guard, wanted in ((0, True), (GUARD, False)):
            asked = [
                (row, region)
                for row, item in enumerate(observations)
                if not item.trivial and item.exact_path is wanted
                for region in item.regions
                if region.quality is None or region.quality >= self._quality
            ]
            if not asked:
                continue
            hashes = np.frombuffer(b"".join(r.value for _, r in asked), np.uint8).reshape(-1, 32)
            found = self._snapshot.search_near(hashes, self._radius + guard)
            for query, number, distance in zip(*(column.tolist() for column in found), strict=True):
                row, region = asked[query]
                hits[row].append((distance, number, region.name, region.quality))
        for row in hits.values():
            row.sort(key=lambda hit: hit[:2])
        return hits

    def _judge_one(
        self,
        item: Observation,
        exact: dict[int, list[str]],
        near: list[tuple[int, int, str, int | None]],
    ) -> Judgement:
        if near and not item.exact_path:
            return Judgement(Verdict(), confirm=True)
        matches = list(self._exact_matches(item, exact))
        matches += self._near_matches(item, near)
        return Judgement(verdict_of(matches))

    def _exact_matches(self, item: Observation, hits: dict[int, list[str]]) -> Iterator[Match]:
        for number, record in self._live(sorted(hits)):
            types = hits[number]
            level, reason = exact_level(types, item.size, record.size)
            for name in types:
                yield _match(record, level, name, 0, "whole file", reason, None, name)

    def _near_matches(
        self, item: Observation, hits: list[tuple[int, int, str, int | None]]
    ) -> Iterator[Match]:
        seen: set[int] = set()
        stated = 0
        for start in range(0, len(hits), _CHUNK):
            chunk = [hit for hit in hits[start : start + _CHUNK] if hit[1] not in seen]
            records = dict(self._live({number for _, number, _, _ in chunk}))
            for distance, number, region, quality in chunk:
                record = records.get(number)
                if record is None or number in seen:
                    continue
                seen.add(number)
                match = self._near_match(record, distance, region, quality, item.preproc)
                if match is not None:
                    # Only these: another list may call something further off stronger.
                    stated += match.kind.hits and match.level is Level.NEAR
                    yield match
            if stated > MOST_MATCHES:
                return

    def _near_match(
        self, record: EntryRecord, distance: int, region: str, quality: int | None, preproc: str
    ) -> Match | None:
        limits = record.list.thresholds
        found = near_level(distance, limits)
        if found is None or (quality is not None and quality < limits.quality):
            return None
        level, reason = found
        if level is Level.LEAD and not self._leads:
            return None
        algorithm = preproc or _NEAR_ALGORITHM
        return _match(record, level, "pdq", distance, region, reason, quality, algorithm)

    def _live(self, numbers: Iterable[int]) -> Iterator[tuple[int, EntryRecord]]:
        """Entries that count now: not withdrawn, on an enabled list."""
        ordered = list(numbers)
        for start in range(0, len(ordered), _CHUNK):
            records = self._catalogue.entries(ordered[start : start + _CHUNK])
            for number, record in records.items():
                if record.list.enabled and not record.withdrawn:
                    yield number, record


def verdict_of(matches: Sequence[Match]) -> Verdict:
    """Return the strongest level with the matches, strongest first.

    ``allow`` takes back what is only near: an exact match on an allow list (not a weak one: its
    collision may be planted) makes `Level.ALLOWED` of anything weaker than `Level.EXACT_WEAK`, and
    the matches stay to be seen. Being known and ignorable never overrides a hit.
    """
    ordered = sorted(matches, key=_strength)[:MOST_MATCHES]
    hits = [m.level for m in matches if m.kind.hits]
    allowed = any(m.kind is ListKind.ALLOW and m.level is Level.EXACT for m in matches)
    ignorable = any(m.kind is ListKind.IGNORABLE and m.level in _EXACT for m in matches)
    level = min(hits, key=lambda item: item.rank, default=Level.NONE)
    if allowed and level not in _EXACT:
        level = Level.ALLOWED
    elif ignorable and level is Level.NONE:
        level = Level.IGNORABLE
    return Verdict(level, tuple(ordered), omitted=len(matches) - len(ordered))


def _strength(match: Match) -> tuple[object, ...]:
    weak = not SIGNAL_TYPES[match.signal].strong
    place = (match.list, match.entry, weak, match.signal)
    return (not match.kind.hits, match.level.rank, match.distance, *place)


def _match(
    record: EntryRecord,
    level: Level,
    signal: str,
    distance: int,
    region: str,
    reason: str,
    quality: int | None,
    algorithm: str,
) -> Match:
    return Match(
        list=record.list.name,
        owner=record.list.owner,
        kind=record.list.kind,
        entry=record.key,
        classification=record.classification,
        scheme=record.scheme,
        level=level,
        signal=signal,
        distance=distance,
        region=region,
        quality=quality,
        reason=reason,
        algorithm=algorithm,
        disputed=record.disputed,
    )
