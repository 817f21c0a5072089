"""Which entries does this resemble, how strongly, by whose word: the one question.

The snapshot answers with entry numbers; the catalogue says what those entries are *now*, so that
a withdrawn entry or a disabled list stops counting at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue, EntryRecord
from tidebreak.lists.derived import Parent
from tidebreak.matching.bands import derived_level, exact_level, in_doubt, near_level
from tidebreak.matching.descriptors import KnownVectors, VectorHits, vector_matches
from tidebreak.matching.near import NearHit, SearchLimits, find_near
from tidebreak.matching.passing import may_match
from tidebreak.matching.stating import stated
from tidebreak.matching.verified import KnownScenes, scene_matches
from tidebreak.matching.videos import find_videos, video_matches
from tidebreak.model import (
    Depth,
    Level,
    ListKind,
    Match,
    Observation,
    Signal,
    Thresholds,
    Verdict,
)  # fmt: skip
from tidebreak.places import WHOLE, told
from tidebreak.signals import SEAL_SIZE, SIGNAL_TYPES

MOST_MATCHES = 100
"""Matches stated per verdict, the strongest; that there were more is always said.

More are stated only where so many lists, classifications and levels have one each.
"""

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

    def __init__(
        self,
        snapshot: Snapshot,
        catalogue: Catalogue,
        *,
        leads: bool = True,
        depth: Depth = Depth.STANDARD,
        only_depth: bool = False,
        vectors: KnownVectors | None = None,
        scenes: KnownScenes | None = None,
    ) -> None:
        """``depth`` counts for lists that name none of their own, for all with ``only_depth``.

        ``vectors`` are those of the descriptors that are installed, ``scenes`` what is kept for the
        verified tier.
        """
        self._snapshot = snapshot
        self._catalogue = catalogue
        lists = [item for item in catalogue.lists() if item.enabled]
        self._leads, self._vectors, self._scenes = leads, vectors, scenes
        self._depth, self._only_depth = depth, only_depth
        deepest = max((self.depth_for(item.thresholds) for item in lists),
                      key=lambda item: item.rank, default=depth)  # fmt: skip
        self._reach = SearchLimits.of(lists, deepest, leads=leads)

    @property
    def depth(self) -> Depth:
        """The greatest depth that counts for any list."""
        return self._reach.depth

    @property
    def quality(self) -> int | None:
        """From which quality on near hashes are compared, None when there are none to compare."""
        return self._reach.quality if self._snapshot.near_count else None

    @property
    def verifies(self) -> bool:
        """Whether there are scenes to look for: only then are local features of any use."""
        return bool(self._scenes)

    def depth_for(self, limits: Thresholds) -> Depth:
        """Return the depth that counts for a list with ``limits``."""
        return self._depth if self._only_depth or limits.depth is None else limits.depth

    def may_match(self, items: Sequence[Sequence[Signal]], sealer: Sealer) -> list[int]:
        """Return the rows of ``items`` that `judge` may find anything of (`passing.may_match`)."""
        return may_match(self._snapshot, self._reach, items, sealer)

    def judge(self, observations: Sequence[Observation]) -> list[Judgement]:
        """Return one judgement per observation, in order."""
        exact = self._exact_hits(observations)
        near = find_near(self._snapshot, observations, self._reach)
        described = self._vectors.find(observations) if self._vectors else {}
        return [
            self._judge_one(item, exact.get(row, {}), near.get(row, []), described.get(row, []))
            for row, item in enumerate(observations)
        ]

    def recognised(self, item: Observation) -> list[Parent]:
        """Return the live entries of lists that count as hits whose exact signals ``item`` has.

        Each with the seal by which it was recognised, and how strongly: what a torrent's own
        identifiers are derived from.
        """
        hits = self._exact_hits([item]).get(0, {})
        parents: list[Parent] = []
        for number, record in self._live(sorted(hits)):
            types = [item.types[place] for place in hits[number]]
            level, _ = exact_level(types, item.size, record.size)
            best = max(hits[number], key=lambda place: SIGNAL_TYPES[item.types[place]].strong)
            start = SEAL_SIZE * best
            if record.list.kind.hits:
                parents.append(Parent(record, item.seals[start : start + SEAL_SIZE], level))
        return parents

    def _exact_hits(self, observations: Sequence[Observation]) -> dict[int, dict[int, list[int]]]:
        """Per observation and entry number, the places of the seals that are equal."""
        hits: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        seals = b"".join([item.seals for item in observations])
        if not seals:
            return hits
        starts = np.cumsum([0, *(len(item.types) for item in observations)])
        table = np.frombuffer(seals, np.uint8).reshape(-1, SEAL_SIZE)
        queries, numbers = self._snapshot.find_exact(table)
        rows = np.searchsorted(starts, queries, side="right") - 1
        for row, query, number in zip(
            rows.tolist(), queries.tolist(), numbers.tolist(), strict=True
        ):
            item = observations[row]
            if not item.trivial:
                hits[row][number].append(query - int(starts[row]))
        return hits

    def _judge_one(
        self,
        item: Observation,
        exact: dict[int, list[int]],
        near: list[NearHit],
        described: list[VectorHits],
    ) -> Judgement:
        videos = find_videos(self._snapshot, item, self._reach)
        if (near or videos.entries) and not item.exact_path:
            return Judgement(Verdict(), confirm=True)
        matches = list(self._exact_matches(item, exact))
        matches += self._near_matches(item, near)
        matches += self._strong_enough(
            video_matches(videos, dict(self._live(videos.entries)), item, self.depth_for)
        )
        matches += self._strong_enough(vector_matches(described, self._live))
        if self._scenes is not None and not item.trivial:
            found = self._scenes.find(item.features)
            matches += self._strong_enough(scene_matches(found, self._live))
        return Judgement(verdict_of(matches))

    def _strong_enough(self, matches: Iterable[Match]) -> Iterator[Match]:
        return (m for m in matches if self._leads or m.level is not Level.LEAD)

    def _exact_matches(self, item: Observation, hits: dict[int, list[int]]) -> Iterator[Match]:
        named = {
            number: list(dict.fromkeys(item.types[place] for place in places))
            for number, places in hits.items()
        }
        torrents = [number for number, types in named.items() if SIGNAL_TYPES[types[0]].torrent]
        origins = self._catalogue.origins(torrents) if torrents else {}
        for number, record in self._live(sorted(hits)):
            types = named[number]
            for name in types:
                found = exact_level(types, item.size, record.size, told_by=name)
                level, reason = derived_level(found, origins.get(number, ()))
                whole = "whole torrent" if SIGNAL_TYPES[name].torrent else "whole file"
                yield replace(stated(record, level, name, reason), region=whole, algorithm=name)

    def _near_matches(self, item: Observation, hits: list[NearHit]) -> Iterator[Match]:
        seen: set[int] = set()
        certain: Counter[int] = Counter()
        left = hits
        while left:
            chunk, left = left[:_CHUNK], left[_CHUNK:]
            chunk = [hit for hit in chunk if hit.entry not in seen]
            records = dict(self._live({hit.entry for hit in chunk}))
            for hit in chunk:
                record = records.get(hit.entry)
                if record is None or hit.entry in seen:
                    continue
                match = self._near_match(record, hit, item.preproc)
                if match is not None:
                    seen.add(hit.entry)
                    # Only these: the same list may call something further off stronger.
                    certain[record.list.id] += match.kind.hits and match.level is Level.NEAR
                    yield match
            # A list that has said enough says no more; it keeps no other list from speaking.
            full = [number for number, count in certain.items() if count > MOST_MATCHES]
            if full and left:
                left = self._not_on(full, left)

    def _not_on(self, lists: Sequence[int], hits: list[NearHit]) -> list[NearHit]:
        entries = np.array([hit.entry for hit in hits], np.int64)
        on = np.isin(self._catalogue.spans.lists_of(entries), lists)
        return [hit for hit, skipped in zip(hits, on.tolist(), strict=True) if not skipped]

    def _near_match(self, record: EntryRecord, hit: NearHit, preproc: str) -> Match | None:
        limits, view = record.list.thresholds, hit.view
        found = near_level(hit.distance, limits)
        if found is None or (view.quality is not None and view.quality < limits.quality):
            return None
        if view.depth.rank > self.depth_for(limits).rank:
            return None
        level, reason = in_doubt(found, hit.doubt)
        if level is Level.LEAD and not self._leads:
            return None
        return replace(
            stated(record, level, "pdq", f"{reason}{_seen_how(hit)}"),
            distance=hit.distance,
            region=view.region,
            transform=view.transform,
            quality=view.quality,
            algorithm=preproc or _NEAR_ALGORITHM,
            known_part=told(hit.place),
        )

    def _live(self, numbers: Iterable[int]) -> Iterator[tuple[int, EntryRecord]]:
        """Entries that count now: not withdrawn, on an enabled list."""
        ordered = list(numbers)
        for start in range(0, len(ordered), _CHUNK):
            records = self._catalogue.entries(ordered[start : start + _CHUNK])
            for number, record in records.items():
                if record.list.enabled and not record.withdrawn:
                    yield number, record


def _seen_how(hit: NearHit) -> str:
    """Return in words what was compared with what, where it is not both pictures as they are."""
    how = [part for part in (hit.view.region, hit.view.transform) if part not in ("full", "none")]
    known = [] if hit.place == WHOLE else [f"{told(hit.place)} of the known one"]
    return f"; compared: {', '.join([*how, *known])}" if how or known else ""


def verdict_of(matches: Sequence[Match]) -> Verdict:
    """Return the strongest level with the matches, strongest first.

    ``allow`` takes back what is only near: an exact match on an allow list (not a weak one: its
    collision may be planted; not a disputed one) makes `Level.ALLOWED` of anything weaker than
    `Level.EXACT_WEAK`, and the matches stay to be seen. Being known and ignorable never overrides a
    hit.
    """
    ordered = _stated(sorted(matches, key=_strength))
    hits = [m.level for m in matches if m.kind.hits]
    allowed = any(
        m.kind is ListKind.ALLOW and m.level is Level.EXACT and not m.disputed for m in matches
    )
    ignorable = any(m.kind is ListKind.IGNORABLE and m.level in _EXACT for m in matches)
    level = min(hits, key=lambda item: item.rank, default=Level.NONE)
    if allowed and level not in _EXACT:
        level = Level.ALLOWED
    elif ignorable and level is Level.NONE:
        level = Level.IGNORABLE
    return Verdict(level, tuple(ordered), omitted=len(matches) - len(ordered))


def _stated(ordered: Sequence[Match]) -> list[Match]:
    """Return the strongest, and of everything that a policy may tell apart at least one."""
    first: dict[object, int] = {}
    for place, match in enumerate(ordered):
        said = (match.classification, match.scheme, match.disputed, match.level)
        first.setdefault((match.list, *said), place)
    kept = set(first.values())
    for place in range(len(ordered)):
        if len(kept) >= MOST_MATCHES:
            break
        kept.add(place)
    return [ordered[place] for place in sorted(kept)]


def _strength(match: Match) -> tuple[object, ...]:
    weak = not SIGNAL_TYPES[match.signal].strong
    place = (match.list, match.entry, weak, match.signal)
    return (not match.kind.hits, match.level.rank, match.distance, *place)
