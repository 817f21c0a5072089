"""Videos: which known videos run in a file's frames, and which known pictures appear in them.

All frames are looked up closely. Those of every second are looked up as far as anything means
something, since a caption or a crop moves every frame: what they find is only a candidate
that `tidebreak.matching.sequences` compares in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import AREAS, Area, FrameSequence, Records
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.matching.bands import in_doubt, near_level
from tidebreak.matching.near import SearchLimits
from tidebreak.matching.resemblance import KnownFrames
from tidebreak.matching.sequence_rules import Evidence, SequenceRules, level_of, rules_of
from tidebreak.matching.sequences import SequenceHits, match_sequences
from tidebreak.matching.stating import stated
from tidebreak.matching.tracks import counting, doubt_of, of_area, reached, transform_of
from tidebreak.model import Depth, Level, Match, Observation, Thresholds
from tidebreak.places import FIRST_ALIGNED, VIDEO, told

_SAMPLE_MS = 1000
_FAR = 60
"""Bits up to which sampled frames are looked up, whether leads are wanted or not."""
_IN_STEP_BITS = 12
"""Bits beyond a list's leads up to which frames that run in step still say something."""
_MOST_SAMPLES = 4096
"""Frames of one file that are looked up far: that costs a hundred times a close look-up."""
_CHUNK = 512
"""Frames looked up at a time."""


@dataclass(frozen=True, slots=True)
class Still:
    """A frame of the file that resembles a known picture: when, on which track, how far."""

    entry: int
    place: int
    distance: int
    frame: int


@dataclass(frozen=True, slots=True)
class Videos:
    """What was found in a file's frames: evidence of known videos, and known pictures.

    The evidence is of all frames that were looked up. From ``hits`` and the ``stored`` frames
    comes that for a list that takes fewer.
    """

    frames: Records = field(default_factory=lambda: FrameSequence.unpack(b"").records)
    known: tuple[tuple[int, Evidence], ...] = ()
    stills: tuple[Still, ...] = ()
    hits: SequenceHits = field(default_factory=SequenceHits.none)
    stored: Mapping[int, KnownFrames] = field(default_factory=dict[int, KnownFrames])

    @property
    def entries(self) -> list[int]:
        """The entries that anything was found of."""
        return sorted({entry for entry, _ in self.known} | {still.entry for still in self.stills})


def find_videos(snapshot: Snapshot, item: Observation, reach: SearchLimits) -> Videos:
    """Return what the frame sequence of ``item`` resembles; nothing where it has none."""
    if not item.sequence or item.trivial:
        return Videos()
    frames = FrameSequence.unpack(item.sequence).records
    frames = frames[(frames["quality"] >= reach.quality) & reached(frames, reach.depth)]
    rows, entries, distances, places = _looked_up(snapshot, frames, reach)
    of_video = places >= VIDEO
    hits = SequenceHits(rows[of_video], entries[of_video])
    bank = _bank(snapshot, np.unique(hits.entries))
    rules = SequenceRules(quality=reach.quality)
    found = match_sequences(frames, hits, bank.__getitem__, rules)
    known = tuple((match.entry, match.evidence) for match in found)
    return Videos(frames, known, stills_of(frames, rows, entries, distances, places), hits, bank)


def evidence_of(
    frames: Records,
    entry: int,
    rows: NDArray[np.int64],
    stored: KnownFrames,
    limits: Thresholds,
    depth: Depth,
) -> Evidence | None:
    """Return how one known video runs in ``frames``: in those that count for its list.

    ``rows`` are those of the frames that resemble any that is ``stored`` of it.
    """
    counts = counting(frames, limits, depth)
    kept = (np.cumsum(counts) - 1)[rows[counts[rows]]]
    hits = SequenceHits(kept, np.full(len(kept), entry, np.uint32))
    found = match_sequences(frames[counts], hits, lambda _: stored, rules_of(limits))
    return found[0].evidence if found else None


def _looked_up(
    snapshot: Snapshot, frames: Records, reach: SearchLimits
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
    """Return (rows of ``frames``, entries, distances, places) of all that is near."""
    asked = [(np.arange(len(frames)), reach.views)]
    if reach.depth is not Depth.FAST:
        asked.append((_sampled(frames, reach.depth), max(reach.full, _FAR)))
    found = [_nothing()]
    for wanted, radius in asked:
        for start in range(0, len(wanted), _CHUNK):
            rows = wanted[start : start + _CHUNK]
            hashes = np.ascontiguousarray(frames["hash"][rows])
            queries, entries, distances, places = snapshot.search_near(hashes, radius)
            nearest = _nearest(queries, entries, places)
            found.append(
                (rows[queries[nearest]], entries[nearest], distances[nearest], places[nearest])
            )
    rows, entries, distances, places = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, entries, distances, places


def _nearest(
    queries: NDArray[np.int64], entries: NDArray[np.uint32], places: NDArray[np.uint32]
) -> NDArray[np.int64]:
    """Return the first hit of each query in each entry: a scene that stands still has thousands.

    Pictures, aligned regions and videos are different things: none of them stands for another.
    """
    kinds = np.searchsorted((FIRST_ALIGNED, VIDEO), places, side="right")
    keys = queries << 34 | entries.astype(np.int64) << 2 | kinds
    return np.sort(np.unique(keys, return_index=True)[1])


def _nothing() -> tuple[
    NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]
]:
    empty = np.empty(0, np.int64)
    return empty, empty.astype(np.uint32), empty, empty.astype(np.uint32)


def _sampled(frames: Records, depth: Depth) -> NDArray[np.int64]:
    """Return the rows of the first frame of every second of each track, evenly if too many.

    Panes and completed pictures are looked up so far only at the greatest depth.
    """
    keys = frames["track"].astype(np.int64) << 32 | frames["time"] // _SAMPLE_MS
    rows = np.sort(np.unique(keys, return_index=True)[1])
    if depth is not Depth.DEEP:
        rows = rows[frames["track"][rows] % AREAS < Area.PANE]
    return rows[:: -(-len(rows) // _MOST_SAMPLES)] if len(rows) else rows


def _bank(snapshot: Snapshot, entries: NDArray[np.uint32]) -> dict[int, KnownFrames]:
    numbers, times, hashes = snapshot.known_frames(entries)
    starts = np.searchsorted(numbers, entries)
    ends = np.searchsorted(numbers, entries, side="right")
    return {
        entry: KnownFrames(times[start:end], hashes[start:end])
        for entry, start, end in zip(entries.tolist(), starts, ends, strict=True)
    }


def stills_of(
    frames: Records,
    rows: NDArray[np.int64],
    entries: NDArray[np.uint32],
    distances: NDArray[np.int64],
    places: NDArray[np.uint32],
) -> tuple[Still, ...]:
    """Return the known pictures in ``frames``: of every track and quality, the nearest frame.

    So none hides another that counts for a list when it does not itself. Rows of frames and what
    they are near are arrays of one length. Frames of known videos are left
    out, and so are aligned regions, which compare only with their like: no frame is one.
    """
    chosen = np.flatnonzero(places < FIRST_ALIGNED)
    like = frames[rows]
    kinds = entries.astype(np.int64) << 16 | like["track"].astype(np.int64) << 8 | like["quality"]
    order = chosen[np.lexsort((rows[chosen], distances[chosen], kinds[chosen]))]
    first = order[np.unique(kinds[order], return_index=True)[1]]
    return tuple(
        Still(int(entries[row]), int(places[row]), int(distances[row]), int(rows[row]))
        for row in first
    )


def video_matches(
    found: Videos,
    records: dict[int, EntryRecord],
    item: Observation,
    depth_for: Callable[[Thresholds], Depth],
) -> Iterator[Match]:
    """Yield what ``found`` means for the entries that count now, each by its list's thresholds.

    ``depth_for`` gives the depth that counts for a list.
    """
    for entry, evidence in found.known:
        if entry in records:
            limits = records[entry].list.thresholds
            counted = _counted(found, entry, evidence, limits, depth_for(limits))
            match = counted and _video_match(records[entry], counted, item)
            if match:
                yield match
    yield from _still_matches(found, records, item, depth_for)


def _counted(
    found: Videos, entry: int, evidence: Evidence, limits: Thresholds, depth: Depth
) -> Evidence | None:
    """Return the evidence from the frames that count for a list, which mostly are all."""
    if counting(found.frames, limits, depth).all():
        return evidence
    rows = found.hits.rows[found.hits.entries == entry]
    return evidence_of(found.frames, entry, rows, found.stored[entry], limits, depth)


def _video_match(record: EntryRecord, evidence: Evidence, item: Observation) -> Match | None:
    limits = record.list.thresholds
    if evidence.distance > limits.lead + _IN_STEP_BITS:
        return None
    level = level_of(evidence, rules_of(limits))
    reason = (
        f"{evidence.known_fraction:.0%} of the known video and {evidence.file_fraction:.0%} of this"
        f" file run side by side for {evidence.seconds:.1f} s"
        f" ({evidence.distance} of 256 bits differ, {evidence.elsewhere} elsewhere)"
    )
    return replace(
        stated(record, level, "vpdq", reason),
        distance=evidence.distance,
        region=_region(evidence.track, evidence.ranges[0][:2]),
        transform=transform_of(evidence.track),
        quality=evidence.quality,
        algorithm=item.preproc,
        known_part=_span(*evidence.ranges[0][2:]),
        known_fraction=round(evidence.known_fraction, 4),
        file_fraction=round(evidence.file_fraction, 4),
        ranges=evidence.ranges,
    )


def _still_matches(
    found: Videos,
    records: dict[int, EntryRecord],
    item: Observation,
    depth_for: Callable[[Thresholds], Depth],
) -> Iterator[Match]:
    """Yield the best match of each known picture."""
    matched: set[int] = set()
    doubts = [doubt_of(int(found.frames["track"][still.frame])) for still in found.stills]
    by_worth = sorted(
        zip(doubts, found.stills, strict=True),
        key=lambda pair: (bool(pair[0]), pair[1].distance, pair[1].frame),
    )
    for _, still in by_worth:
        if still.entry in records and still.entry not in matched:
            record = records[still.entry]
            depth = depth_for(record.list.thresholds)
            match = _still_match(record, still, found.frames, item, depth)
            if match is not None:
                matched.add(still.entry)
                yield match


def _still_match(
    record: EntryRecord, still: Still, frames: Records, item: Observation, depth: Depth
) -> Match | None:
    limits, frame = record.list.thresholds, frames[still.frame]
    counts = counting(frames[still.frame : still.frame + 1], limits, depth).all()
    found = near_level(still.distance, limits)
    if not counts or found is None or found[0] is Level.LEAD:
        return None
    track = int(frame["track"])
    level, reason = in_doubt(found, doubt_of(track))
    return replace(
        stated(record, level, "pdq", reason),
        distance=still.distance,
        region=f"frame at {int(frame['time']) / 1000:.2f} s{of_area(track)}",
        transform=transform_of(track),
        quality=int(frame["quality"]),
        algorithm=item.preproc,
        known_part=told(still.place),
    )


def _region(track: int, span: Iterable[float]) -> str:
    return f"{_span(*span)}{of_area(track)}"


def _span(start: float, end: float) -> str:
    return f"{start:.2f} to {end:.2f} s"
