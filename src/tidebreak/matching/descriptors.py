"""Which entries have a vector close to that of a picture, for every descriptor installed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tidebreak.descriptors import Descriptor
from tidebreak.errors import UsageError
from tidebreak.index.vectors import VectorIndex, Vectors, usable
from tidebreak.lists.blocks import kept_values
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.matching.stating import stated
from tidebreak.model import Level, Match, Observation
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault
from tidebreak.vectors import Metric, body_bytes

Live = Callable[[Iterable[int]], Iterable[tuple[int, EntryRecord]]]
"""Gives those of the entries asked for that count now."""

ENOUGH = 100
"""Hits of one descriptor after which nothing weaker is looked for."""

_CHUNK = 4096
"""Hits looked up in the catalogue at a time."""

MOST_BYTES = 4 << 30
"""Bytes of known vectors that are held in memory."""


@dataclass(frozen=True, slots=True)
class VectorHits:
    """What lies within reach by one descriptor, nearest first.

    ``entries``: uint32 (n,), ``distances``: float64 (n,).
    """

    descriptor: Descriptor
    entries: NDArray[np.uint32]
    distances: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Known:
    """The known vectors of one descriptor; ``entries``: uint32 (n,)."""

    descriptor: Descriptor
    entries: NDArray[np.uint32]
    index: VectorIndex


class KnownVectors:
    """All known vectors of the descriptors that are installed."""

    def __init__(self, known: Sequence[_Known]) -> None:
        self._known = tuple(known)

    @classmethod
    def load(
        cls, database: Database, vault: Vault, descriptors: Sequence[Descriptor]
    ) -> KnownVectors:
        """Read them from the vault; raises `UsageError` when memory would not hold them."""
        parts = {item.header: list[tuple[NDArray[np.uint32], Vectors]]() for item in descriptors}
        size = 0
        for entries, values in kept_values(database, vault, "descriptor") if parts else ():
            for item in descriptors:
                own, vectors = _own(item, values)
                parts[item.header].append((entries[own], vectors))
                size += vectors.nbytes
            if size > MOST_BYTES:
                raise UsageError(
                    f"The lists hold more than {MOST_BYTES >> 30} GiB of vectors; remove a"
                    " descriptor or a list."
                )
        return cls([_joined(item, parts[item.header]) for item in descriptors])

    def counts(self) -> dict[str, int]:
        """Return how many known vectors there are of each descriptor, by its name."""
        return {known.descriptor.name: len(known.index) for known in self._known}

    def find(self, observations: Sequence[Observation]) -> dict[int, list[VectorHits]]:
        """Return what lies within reach of each observation (by its row) that has any."""
        hits: dict[int, list[VectorHits]] = defaultdict(list)
        for known in self._known:
            asked, queries = _asked(observations, known.descriptor)
            if not len(known.index) or not asked:
                continue
            limit = known.descriptor.thresholds.lead
            rows, found, distances = known.index.search(queries, limit)
            starts = np.searchsorted(rows, np.arange(len(asked) + 1)).tolist()
            for row, (first, last) in zip(asked, pairwise(starts), strict=True):
                if first < last:
                    entries = known.entries[found[first:last]]
                    near = VectorHits(known.descriptor, entries, distances[first:last])
                    hits[row].append(near)
        return hits


def vector_level(declared: Descriptor, distance: float) -> tuple[Level, str]:
    """Return what a vector within reach means, and why: never more than `Level.POSSIBLE`."""
    limits = declared.thresholds
    possible = distance <= limits.possible
    level, most = (Level.POSSIBLE, limits.possible) if possible else (Level.LEAD, limits.lead)
    return level, (
        f"{declared.metric.value} distance {distance:.4g} by the model {declared.name}"
        f" ({level.value} up to {most:g}, set by {limits.author}), which never decides alone"
    )


def vector_matches(hits: Sequence[VectorHits], live: Live) -> Iterator[Match]:
    """Yield what ``hits`` mean for the entries that ``live`` says count now, nearest first."""
    for found in hits:
        seen: set[int] = set()
        certain = 0
        for start in range(0, len(found.entries), _CHUNK):
            entries = found.entries[start : start + _CHUNK].tolist()
            records = dict(live({entry for entry in entries if entry not in seen}))
            distances = found.distances[start : start + _CHUNK].tolist()
            for entry, distance in zip(entries, distances, strict=True):
                if entry in records and entry not in seen:
                    seen.add(entry)
                    certain += records[entry].list.kind.hits
                    yield _match(records[entry], found.descriptor, distance)
            if certain > ENOUGH:  # whatever follows is further off
                return


def _match(record: EntryRecord, declared: Descriptor, distance: float) -> Match:
    level, reason = vector_level(declared, distance)
    return replace(
        stated(record, level, "descriptor", reason),
        distance=round(distance, 6),
        algorithm=declared.algorithm,
    )


def _own(declared: Descriptor, values: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], Vectors]:
    """Return which of ``values`` (n, width) are vectors of a descriptor, and these vectors.

    A list may hold anything: what that model cannot have made is left out.
    """
    start = np.frombuffer(declared.header, np.uint8)
    width = body_bytes(declared.metric, declared.dimension)
    own = np.zeros(len(values), np.bool_)
    if values.shape[1] == len(start) + width:
        own = (values[:, : len(start)] == start).all(axis=1)
    vectors = np.ascontiguousarray(values[own, -width:]).reshape(-1, width)
    if declared.metric is not Metric.HAMMING:
        vectors = vectors.view("<f4").astype(np.float32)
    good = usable(vectors, declared.metric)
    own[own] = good
    return own, vectors[good]


def _joined(declared: Descriptor, parts: Sequence[tuple[NDArray[np.uint32], Vectors]]) -> _Known:
    entries = np.concatenate([np.empty(0, np.uint32), *(entries for entries, _ in parts)])
    none = _own(declared, np.empty((0, 0), np.uint8))[1]
    vectors = np.concatenate([none, *(vectors for _, vectors in parts)])
    return _Known(declared, entries, VectorIndex(vectors, declared.metric))


def _asked(observations: Sequence[Observation], declared: Descriptor) -> tuple[list[int], Vectors]:
    """Return the rows of those observations that have a vector of a descriptor, and these."""
    width = len(declared.header) + body_bytes(declared.metric, declared.dimension)
    asked = [
        (row, value)
        for row, item in enumerate(observations)
        for value in item.descriptors
        if not item.trivial and len(value) == width
    ]
    joined = b"".join(value for _, value in asked)
    own, vectors = _own(declared, np.frombuffer(joined, np.uint8).reshape(-1, width))
    return [row for (row, _), good in zip(asked, own.tolist(), strict=True) if good], vectors
