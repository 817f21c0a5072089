"""From hashes to matches: frames against known pictures, the last minutes against known videos.

What a search found is kept beside the frames, so that each frame is looked up once; when the lists
change, what was shown in the last minutes is looked up again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import Records
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.records import EntryRecord
from tidebreak.matching.matcher import Matcher
from tidebreak.matching.near import SearchLimits
from tidebreak.matching.resemblance import KnownFrames
from tidebreak.matching.sequence_rules import Evidence
from tidebreak.matching.videos import Still, Videos, evidence_of, stills_of, video_matches
from tidebreak.model import Depth, Level, Match, Observation, View
from tidebreak.places import VIDEO
from tidebreak.watch.sightings import QUIET_MS, Seen
from tidebreak.watch.window import Chunk, Window

ALGORITHM = "stream-1"
_SAMPLE_MS = 1000
"""Of so much of a track, one frame is looked up widely: what it finds is only a candidate."""
_MOST_ENTRIES = 64
"""Known videos compared in full at a time, those with most frames alike."""
_LEAD_IN_MS = 1000
_SHARE_OF_TIME = 10
"""A comparison in full is not repeated before so many times the time that it took."""


class Lists(Protocol):
    """What is asked of an installation."""

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """What entries mean now."""
        ...

    def matcher(self, depth: Depth | None = None, *, verify: bool = True) -> Matcher:
        """Return a matcher over the lists as they are now; ``verify`` is for pictures only."""
        ...


@dataclass(slots=True)
class Known:
    """The lists as they are now, shared by all streams; `refresh` reads them again."""

    lists: Lists
    depth: Depth | None
    snapshot: Snapshot
    matcher: Matcher
    reach: SearchLimits

    @classmethod
    def of(cls, lists: Lists, depth: Depth | None) -> Known:
        """Read the lists; ``depth`` overrides the settings and the lists' own."""
        matcher = lists.matcher(depth, verify=False)
        return cls(lists, depth, lists.snapshot, matcher, _reach(lists, matcher))

    def refresh(self) -> bool:
        """Read the lists again; return whether other hashes can be found now."""
        self.matcher = self.lists.matcher(self.depth, verify=False)
        self.reach = _reach(self.lists, self.matcher)
        before, self.snapshot = self.snapshot, self.lists.snapshot
        return self.snapshot is not before

    def live(self, numbers: Iterable[int]) -> dict[int, EntryRecord]:
        """Return the entries that count now and mean that something known was found."""
        records = self.lists.catalogue.entries(sorted(set(numbers)))
        return {
            number: record
            for number, record in records.items()
            if record.list.enabled and record.list.kind.hits and not record.withdrawn
        }


def _reach(lists: Lists, matcher: Matcher) -> SearchLimits:
    enabled = [item for item in lists.catalogue.lists() if item.enabled]
    return SearchLimits.of(enabled, matcher.depth, leads=True)


class Recognition:
    """What one stream resembles. Times are ms since the watch began."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._window = Window()
        self._sampled: dict[int, int] = {}
        self._bank: dict[int, KnownFrames] = {}
        self._due: set[int] = set()
        self._not_before = 0.0

    def views(self, time_ms: int, views: tuple[View, ...]) -> list[Seen]:
        """Return what one frame resembles, seen from all sides."""
        item = Observation("", 0, "", views=views, preproc=ALGORITHM + "/full")
        verdict = self._known.matcher.judge([item])[0].verdict
        return [
            Seen(match, time_ms, time_ms)
            for match in verdict.matches
            if match.kind.hits and match.level is not Level.LEAD
        ]

    def frames(self, base_ms: int, records: Records) -> list[Seen]:
        """Return the known pictures that ``records`` show; known videos are left to `videos`."""
        chunk, stills = self._looked_up(base_ms, records)
        self._window.add(chunk)
        self._due.update(np.unique(chunk.entries).tolist())
        absolute = records.copy()
        absolute["time"] += np.uint32(base_ms % (1 << 32))
        found = Videos(absolute, stills=stills)
        live = self._known.live(found.entries)
        matches = video_matches(found, live, _ITEM, self._known.matcher.depth_for)
        last = base_ms + max((int(records["time"][still.frame]) for still in stills), default=0)
        return [Seen(match, last, last) for match in matches]

    def videos(self, now: float | None) -> list[Seen]:
        """Return the known videos that run in the last minutes, if it is time to look.

        ``now`` is of the monotonic clock; None looks whatever the time.
        """
        if not self._due or (now is not None and now < self._not_before):
            return []
        entries, self._due = self._due, set()
        began = time.monotonic()
        seen = list(self._videos(self._known.live(entries)))
        self._not_before = began + _SHARE_OF_TIME * (time.monotonic() - began)
        return seen

    def lists_changed(self) -> list[Seen]:
        """Look up again all that is still in the window; return the known pictures in it."""
        self._bank.clear()
        chunks, self._window = self._window.chunks, Window()
        self._sampled.clear()
        return [one for chunk in chunks for one in self.frames(chunk.base_ms, chunk.records)]

    def _looked_up(self, base_ms: int, records: Records) -> tuple[Chunk, tuple[Still, ...]]:
        reach = self._known.reach
        good = np.flatnonzero(records["quality"] >= reach.quality)
        rows, entries, distances, places = self._search(records, good, reach.views)
        if reach.depth is not Depth.FAST:
            more = self._search(records, self._samples(base_ms, records, good), reach.full)
            rows, entries = np.concatenate([rows, more[0]]), np.concatenate([entries, more[1]])
            distances = np.concatenate([distances, more[2]])
            places = np.concatenate([places, more[3]])
        video = places >= VIDEO
        stills = stills_of(records, rows, entries, distances, places)
        return Chunk(base_ms, records, rows[video], entries[video]), stills

    def _search(
        self, records: Records, rows: NDArray[np.int64], radius: int
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
        hashes = np.ascontiguousarray(records["hash"][rows])
        found, entries, distances, places = self._known.snapshot.search_near(hashes, radius)
        return rows[found], entries, distances, places

    def _samples(
        self, base_ms: int, records: Records, rows: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return those of ``rows`` that are the first of their track for a second."""
        chosen: list[int] = []
        for row in rows.tolist():
            track, time_ms = int(records["track"][row]), base_ms + int(records["time"][row])
            if time_ms - self._sampled.get(track, -_SAMPLE_MS) >= _SAMPLE_MS:
                self._sampled[track] = time_ms
                chosen.append(row)
        return np.array(chosen, np.int64)

    def _videos(self, live: dict[int, EntryRecord]) -> Iterator[Seen]:
        frames, start_ms = self._window.together(), self._window.start_ms
        rows, entries = self._window.hits(np.array(sorted(live), np.uint32))
        numbers, counts = np.unique(entries, return_counts=True)
        for entry in numbers[np.argsort(-counts, kind="stable")][:_MOST_ENTRIES].tolist():
            own = _latest(rows[entries == entry], frames)
            # What was shown before the video began says nothing about it.
            first = int(frames["time"][own.min()]) - _LEAD_IN_MS
            skipped = int(np.searchsorted(frames["time"], max(0, first)))
            evidence = self._evidence(entry, frames[skipped:], own - skipped, live[entry])
            if evidence is not None:
                found = Videos(known=((entry, _moved(evidence, start_ms / 1000)),))
                yield from self._seen(found, live)

    def _seen(self, found: Videos, live: dict[int, EntryRecord]) -> Iterator[Seen]:
        for match in video_matches(found, live, _ITEM, self._known.matcher.depth_for):
            if match.level is not Level.LEAD:
                yield Seen(match, *_span(match))

    def _evidence(
        self, entry: int, frames: Records, rows: NDArray[np.int64], record: EntryRecord
    ) -> Evidence | None:
        limits = record.list.thresholds
        depth = self._known.matcher.depth_for(limits)
        return evidence_of(frames, entry, rows, self._known_frames(entry), limits, depth)

    def _known_frames(self, entry: int) -> KnownFrames:
        if entry not in self._bank:
            if len(self._bank) >= _MOST_ENTRIES:
                self._bank.clear()
            _, times, hashes = self._known.snapshot.known_frames(np.array([entry], np.uint32))
            self._bank[entry] = KnownFrames(times, hashes)
        return self._bank[entry]


_ITEM = Observation("", 0, "", preproc=ALGORITHM)


def _latest(rows: NDArray[np.int64], frames: Records) -> NDArray[np.int64]:
    """Return those of ``rows`` that belong together: after the last pause that ends a sighting."""
    rows = np.sort(rows)
    pauses = np.flatnonzero(np.diff(frames["time"][rows].astype(np.int64)) > QUIET_MS)
    return rows[pauses[-1] + 1 :] if len(pauses) else rows


def _span(match: Match) -> tuple[int, int]:
    return (
        round(1000 * min(part[0] for part in match.ranges)),
        round(1000 * max(part[1] for part in match.ranges)),
    )


def _moved(evidence: Evidence, seconds: float) -> Evidence:
    """Return ``evidence`` with its ranges on the clock of the stream."""
    ranges = tuple((a + seconds, b + seconds, c, d) for a, b, c, d in evidence.ranges)
    return replace(evidence, ranges=ranges)
