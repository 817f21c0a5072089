"""Everything that the logs say of one actor: a `Portrait`, made of its sightings as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.records import EntryRecord
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.pages.behind import codes_of, identities
from tidebreak.sightings.pages.portrait import Companion, Item, Portrait, Slot, largest, unit_of
from tidebreak.sightings.ranking.actor_keys import hypothesis_of
from tidebreak.sightings.ranking.known import class_name
from tidebreak.sightings.ranking.pairs import DOUBTED, addresses_of, endpoint_key
from tidebreak.sightings.ranking.rank import Job
from tidebreak.sightings.ranking.reading import DAY, Seen, Span, read
from tidebreak.sightings.ranking.stale import stale
from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Ranking, Source

_AT_ONCE = 4096
"""Entries looked up at a time."""


def portray(job: Job, catalogue: Catalogue, ranking: Ranking, key: str) -> Portrait:
    """Return what ``job`` holds of the actor called ``key`` in ``ranking``.

    Client ids and addresses are decrypted for it: whoever asks must say so in the audit log.
    Raises `UsageError` when the ranking has no such actor.
    """
    actor, place = ranked(ranking, key)
    code = codes_of(job, [actor])[key]
    seen, sources = _sightings(job, actor, code)
    return Portrait(
        actor=actor,
        place=place,
        of=len(ranking.actors[actor.hypothesis]),
        largest=largest(ranking.actors[actor.hypothesis]),
        identity=identities(job.sightings, [actor], {key: code})[key],
        slots=_slots(seen, unit_of(actor)),
        networks=_networks(seen),
        companions=_companions(job.sightings, actor, seen),
        items=_items(job, catalogue, seen),
        sources=sources,
        list_version=ranking.list_version,
        made_at=ranking.made_at,
        stale=stale(ranking, catalogue.label, job.sightings),
    )


def ranked(ranking: Ranking, key: str) -> tuple[Actor, int]:
    """Return the actor called ``key`` and its place from 1; raises `UsageError`."""
    for place, actor in enumerate(ranking.actors[hypothesis_of(key)], 1):
        if actor.key == key:
            return actor, place
    raise UsageError(f"The last ranking has no actor {key}; rank again, or with a larger --top.")


def _sightings(job: Job, actor: Actor, code: int) -> tuple[Seen, tuple[Source, ...]]:
    """Return the sightings of an actor, and the sources that they are in."""
    spans, parts, sources = job.spans, [Seen.none()], list[Source]()
    if actor.hypothesis is Hypothesis.ENDPOINT:
        first = actor.first // DAY * DAY
        spans = (Span(first, first + DAY),)
    for source in job.sources:
        paths = [path for path in job.paths if int(path.parent.name) == source.number]
        mine = [_of(actor, code, read(span, paths, job.question).found) for span in spans]
        if any(len(some) for some in mine):
            sources.append(source)
            parts += mine
    return Seen.joined(parts), tuple(sources)


def _of(actor: Actor, code: int, seen: Seen) -> Seen:
    if actor.hypothesis is Hypothesis.CLIENT:
        return seen.take(np.flatnonzero(seen.client == code))
    keys = endpoint_key(seen.address, seen.port, seen.time // np.uint32(DAY))
    return seen.take(np.flatnonzero(keys == np.uint64(code)))


@dataclass(frozen=True, slots=True)
class _Group:
    """Sightings that belong together: how many of each grade, from when to when."""

    grades: Mapping[Grade, int]
    first: int
    last: int

    @classmethod
    def of(cls, seen: Seen) -> _Group:
        return cls(_grades(seen), int(seen.time.min()), int(seen.time.max()))

    @property
    def sightings(self) -> int:
        return sum(self.grades.values())


def _grades(seen: Seen) -> dict[Grade, int]:
    counts = np.bincount(seen.grade, minlength=4)
    return {grade: int(counts[grade]) for grade in Grade}


def _grouped(seen: Seen, by: NDArray[np.integer]) -> list[tuple[int, Seen]]:
    """Return the sightings of every value in ``by`` (n,)."""
    order = np.argsort(by, kind="stable")
    values, starts = np.unique(by[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(values) else []
    return [(int(value), seen.take(part)) for value, part in zip(values, parts, strict=True)]


def _slots(seen: Seen, unit: int) -> tuple[Slot, ...]:
    by_unit = _grouped(seen, seen.time // np.uint32(unit))
    return tuple(Slot(number * unit, _grades(some)) for number, some in by_unit)


def _networks(seen: Seen) -> dict[Network, dict[Grade, int]]:
    return {Network(number): _grades(some) for number, some in _grouped(seen, seen.network)}


def _companions(sightings: Sightings, actor: Actor, seen: Seen) -> tuple[Companion, ...]:
    """Return addresses with ports, or client ids, the most frequent first."""
    if actor.hypothesis is Hypothesis.CLIENT:
        given = seen.take(np.flatnonzero(seen.address))
        groups = _grouped(given, endpoint_key(given.address, given.port, 0).astype(np.int64))
        keys = np.array([key for key, _ in groups], np.uint64)
        texts = [
            f"{address}, port {int(key) & 0xFFFF or 'unknown'}"
            for address, key in zip(sightings.addresses(addresses_of(keys)), keys, strict=True)
        ]
    else:
        given = seen.take(np.flatnonzero(seen.client))
        groups = _grouped(given, given.client)
        texts = sightings.clients(np.array([code for code, _ in groups], np.int64))
    made = [_Group.of(some) for _, some in groups]
    found = [Companion(t, g.sightings, g.first, g.last) for t, g in zip(texts, made, strict=True)]
    return tuple(sorted(found, key=lambda item: (-item.sightings, item.text)))


def _items(job: Job, catalogue: Catalogue, seen: Seen) -> tuple[Item, ...]:
    """Return the known contents, those with the best evidence and the most of it first."""
    groups = _grouped(seen, seen.file)
    entries = {file: job.known.entries(file) for file, _ in groups}
    numbers = sorted({number for some in entries.values() for number in some})
    records: dict[int, EntryRecord] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        records |= catalogue.entries(numbers[start : start + _AT_ONCE])
    found = [
        _item([records[n] for n in entries[file] if n in records], some) for file, some in groups
    ]
    return tuple(sorted(found, key=lambda item: [-item.grades[grade] for grade in Grade]))


def _item(records: Sequence[EntryRecord], seen: Seen) -> Item:
    group = _Group.of(seen)
    return Item(
        tuple(f"{record.list.name}: {record.key}" for record in records),
        tuple(dict.fromkeys(class_name(record) for record in records)),
        tuple(Network(number) for number in np.unique(seen.network).tolist()),
        group.grades,
        bool(((seen.evidence & DOUBTED) > 0).any()),
        group.first,
        group.last,
    )
