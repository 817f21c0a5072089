"""Videos: which known videos run in a file's frames, and which known pictures appear in them.

All frames are looked up closely. Those of every second are looked up as far as anything means
something, since a caption or a crop moves every frame: what they find is only a candidate
that `tidebreak.matching.sequences` compares in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import (
    AREAS,
    Area,
    FrameSequence,
    Records,
    area_name,
    area_of,
    turn_of,
)
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.matching.bands import near_level
from tidebreak.matching.near import Reach
from tidebreak.matching.resemblance import KnownFrames
from tidebreak.matching.sequence_rules import Evidence, SequenceRules, level_of
from tidebreak.matching.sequences import SequenceHits, match_sequences
from tidebreak.matching.stating import stated
from tidebreak.model import Depth, Level, Match, Observation, Turn, View
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
    """What was found in a file's frames: evidence of known videos, and known pictures."""

    frames: Records = field(default_factory=lambda: FrameSequence.unpack(b"").records)
    known: tuple[tuple[int, Evidence], ...] = ()
    stills: tuple[Still, ...] = ()

    @property
    def entries(self) -> list[int]:
        """The entries that anything was found of."""
        return sorted({entry for entry, _ in self.known} | {still.entry for still in self.stills})


def find_videos(snapshot: Snapshot, item: Observation, reach: Reach) -> Videos:
    """Return what the frame sequence of ``item`` resembles; nothing where it has none."""
    if not item.sequence or item.trivial:
        return Videos()
    frames = FrameSequence.unpack(item.sequence).records
    frames = frames[(frames["quality"] >= reach.quality) & _reached(frames, reach.depth)]
    rows, entries, distances, places = _looked_up(snapshot, frames, reach)
    of_video = places >= VIDEO
    hits = SequenceHits(rows[of_video], entries[of_video])
    bank = _bank(snapshot, np.unique(hits.entries))
    rules = SequenceRules(quality=reach.quality)
    found = match_sequences(frames, hits, bank.__getitem__, rules)
    stills = stills_of(rows, entries, distances, places)
    return Videos(frames, tuple((match.entry, match.evidence) for match in found), stills)


def _reached(frames: Records, depth: Depth) -> NDArray[np.bool_]:
    """Which frames count at ``depth``; the fast one takes the upright picture and its content."""
    if depth is not Depth.FAST:
        return np.ones(len(frames), np.bool_)
    return np.isin(frames["track"], (Area.FULL, Area.CONTENT))


def _looked_up(
    snapshot: Snapshot, frames: Records, reach: Reach
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
    rows: NDArray[np.int64],
    entries: NDArray[np.uint32],
    distances: NDArray[np.int64],
    places: NDArray[np.uint32],
) -> tuple[Still, ...]:
    """Return the nearest frame for each known picture that frames were found near.

    Rows of frames and what they are near, arrays of one length. Frames of known videos are left
    out, and so are aligned regions, which compare only with their like: no frame is one.
    """
    chosen = np.flatnonzero(places < FIRST_ALIGNED)
    order = chosen[np.lexsort((rows[chosen], distances[chosen], entries[chosen]))]
    first = order[np.unique(entries[order], return_index=True)[1]]
    return tuple(
        Still(int(entries[row]), int(places[row]), int(distances[row]), int(rows[row]))
        for row in first
    )


def video_matches(
    found: Videos, records: dict[int, EntryRecord], item: Observation
) -> Iterator[Match]:
    """Yield what ``found`` means for the entries that count now, each by its list's thresholds."""
    for entry, evidence in found.known:
        if entry in records:
            match = _video_match(records[entry], evidence, item)
            if match is not None:
                yield match
    for still in found.stills:
        if still.entry in records:
            match = _still_match(records[still.entry], still, found.frames, item)
            if match is not None:
                yield match


def _video_match(record: EntryRecord, evidence: Evidence, item: Observation) -> Match | None:
    limits = record.list.thresholds
    if evidence.distance > limits.lead + _IN_STEP_BITS:
        return None
    still = min(limits.near, SequenceRules().still_distance)
    level = level_of(evidence, SequenceRules(radius=limits.near, still_distance=still))
    reason = (
        f"{evidence.known_fraction:.0%} of the known video and {evidence.file_fraction:.0%} of this"
        f" file run side by side for {evidence.seconds:.1f} s"
        f" ({evidence.distance} of 256 bits differ, {evidence.elsewhere} elsewhere)"
    )
    return replace(
        stated(record, level, "vpdq", reason),
        distance=evidence.distance,
        region=_region(evidence.track, evidence.ranges[0][:2]),
        transform=_transform(evidence.track),
        quality=evidence.quality,
        algorithm=item.preproc,
        known_part=_span(*evidence.ranges[0][2:]),
        known_fraction=round(evidence.known_fraction, 4),
        file_fraction=round(evidence.file_fraction, 4),
        ranges=evidence.ranges,
    )


def _still_match(
    record: EntryRecord, still: Still, frames: Records, item: Observation
) -> Match | None:
    limits, frame = record.list.thresholds, frames[still.frame]
    level = near_level(still.distance, limits)
    if level is None or level[0] is Level.LEAD or int(frame["quality"]) < limits.quality:
        return None
    track = int(frame["track"])
    return replace(
        stated(record, level[0], "pdq", level[1]),
        distance=still.distance,
        region=f"frame at {int(frame['time']) / 1000:.2f} s{_of_area(track)}",
        transform=_transform(track),
        quality=int(frame["quality"]),
        algorithm=item.preproc,
        known_part=told(still.place),
    )


def _region(track: int, span: Iterable[float]) -> str:
    return f"{_span(*span)}{_of_area(track)}"


def _span(start: float, end: float) -> str:
    return f"{start:.2f} to {end:.2f} s"


def _of_area(track: int) -> str:
    return "" if area_of(track) == Area.FULL else f", {area_name(track)}"


def _transform(track: int) -> str:
    turn = turn_of(track)
    return "none" if turn is Turn.NONE else View(b"", turn=turn).transform
