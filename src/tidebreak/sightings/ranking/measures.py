"""What is said of one actor: every measure as a range, and what speaks against the hypothesis.

The low end counts what is sure under the hypothesis: grades A and B, no requests, identifiers
that decide alone, no doubt about the identity. The high end adds hearsay (C), requests,
identifiers for which collisions can be made, what is in doubt, and what other identities gave
away that met this one at the same address and port, or under the same client id, on the same day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking.company import Company
from tidebreak.sightings.ranking.coverage_curve import Order
from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.details import Facts
from tidebreak.sightings.ranking.flags import Signs, flags_of
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.known import Known
from tidebreak.sightings.ranking.pair_kernels import Small, grouped, number
from tidebreak.sightings.ranking.pairs import Evidence, days_of, endpoint_key, files_of, having
from tidebreak.sightings.ranking.reading import DAY, Seen
from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Range

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Ranked:
    """The actors to describe under one hypothesis: ``places`` in the holdings, by rank."""

    hypothesis: Hypothesis
    held: Held
    order: Order
    places: Ints
    keys: tuple[str, ...]


def measure(ranked: Ranked, facts: Facts, known: Known, doubts: Doubts) -> tuple[Actor, ...]:
    """Return what is to be said of every actor of ``ranked``, in order."""
    count = len(ranked.places)
    starts, order = grouped(facts.actor.astype(np.uint32), count)
    company = Company.of(facts, count, doubts.shared)
    turns = {int(place): turn for turn, place in enumerate(ranked.order.actors)}
    found: list[Actor] = []
    for rank, place in enumerate(ranked.places.tolist()):
        seen = facts.seen.take(order[starts[rank] : starts[rank + 1]])
        subject = _Subject.of(ranked.hypothesis, seen, place in ranked.held.decoys, doubts)
        held = _Contents.of(ranked.held, place, known)
        adds = ranked.order.added(turns[place]) if place in turns else (0.0, 0.0)
        crowd = int(company.crowd[rank]) if subject.by_client else subject.clients(ever=True)
        mates = (1, int(company.clients[rank]))
        found.append(
            Actor(
                hypothesis=ranked.hypothesis,
                key=ranked.keys[rank],
                networks=subject.networks,
                contents=held.contents,
                days=_range(subject.days(), subject.days(ever=True)),
                sole=held.sole,
                rarity=held.rarity,
                coverage_rank=turns.get(place, -1) + 1,
                marginal=_range(*adds),
                first=subject.span[0],
                last=subject.span[1],
                grades=subject.grades(),
                severity=held.severity,
                addresses=_range(subject.addresses(), subject.addresses(ever=True)),
                clients=_range(*mates if subject.by_client else (subject.clients(), crowd)),
                flags=flags_of(subject.signs(held.contents, known.count, crowd), doubts),
            )
        )
    return tuple(found)


def different(values: NDArray[np.integer]) -> int:
    """Return how many different values there are."""
    return len(number(values.astype(np.uint64))[1])


@dataclass(frozen=True, slots=True)
class _Subject:
    """One actor's sightings; ``sure`` (n,) says which count for the low ends."""

    hypothesis: Hypothesis
    seen: Seen
    day: Small
    sure: Mask
    decoy: bool
    places: int
    span: tuple[int, int]

    @classmethod
    def of(cls, hypothesis: Hypothesis, seen: Seen, decoy: bool, doubts: Doubts) -> _Subject:
        """Apply the rules of `days` and `gather` to the sightings of one actor."""
        day = seen.time // np.uint32(DAY)
        endpoints = number(endpoint_key(seen.address, seen.port, day)[seen.address > 0])[1]
        by_day = np.bincount(days_of(endpoints))
        if decoy:
            doubtful = np.ones(len(seen), np.bool_)
        elif hypothesis is Hypothesis.CLIENT:
            doubtful = np.isin(day, np.flatnonzero(by_day > doubts.roaming))
        else:
            shared = different(seen.client[seen.client > 0]) > doubts.shared
            doubtful = np.full(len(seen), shared)
        sure = ((seen.evidence & Evidence.LOW) > 0) & ~doubtful
        times = seen.time[(seen.evidence & Evidence.ENTERS) > 0]
        span = (int(times.min(initial=(1 << 32) - 1)), int(times.max(initial=0)))
        return cls(hypothesis, seen, day, sure, decoy, int(by_day.max(initial=0)), span)

    @property
    def by_client(self) -> bool:
        return self.hypothesis is Hypothesis.CLIENT

    @property
    def networks(self) -> tuple[Network, ...]:
        entering = (self.seen.evidence & Evidence.ENTERS) > 0
        return tuple(Network(n) for n in np.unique(self.seen.network[entering]).tolist())

    def days(self, *, ever: bool = False) -> int:
        return different(self.day if ever else self.day[self.sure])

    def addresses(self, *, ever: bool = False) -> int:
        return different(self.seen.address[(self.sure | ever) & (self.seen.address > 0)])

    def clients(self, *, ever: bool = False) -> int:
        return different(self.seen.client[(self.sure | ever) & (self.seen.client > 0)])

    def grades(self) -> dict[Grade, int]:
        """Return how often each grade said something new: a content on a day counts once."""
        said = self.day.astype(np.uint64) << np.uint64(32) | self.seen.file
        return {grade: different(said[self.seen.grade == grade]) for grade in Grade}

    def signs(self, contents: Range, known: int, crowd: int) -> Signs:
        early = self.sure & (self.seen.time < self.span[0] + _HOUR)
        return Signs(
            hypothesis=self.hypothesis,
            contents=contents,
            known=known,
            crowd=crowd,
            places=self.places,
            decoy=self.decoy,
            burst=different(self.seen.file[early]),
            rows=len(self.seen),
            said=sum(self.grades().values()),
            span=self.span,
        )


@dataclass(frozen=True, slots=True)
class _Contents:
    """What an actor holds, and what of it nobody else does."""

    contents: Range
    sole: Range
    rarity: Range
    severity: dict[str, Range]

    @classmethod
    def of(cls, held: Held, place: int, known: Known) -> _Contents:
        pairs = held.holdings.of_actor(place)
        files, low = files_of(pairs), having(pairs, Evidence.LOW)
        others = np.maximum(held.sure[files].astype(np.int64) - low, 0)
        seen = np.maximum(held.seen[files], 1)
        return cls(
            _range(low.sum(), len(files)),
            _range((low & (seen == 1)).sum(), (others == 0).sum()),
            _range((1 / seen[low]).sum(), (1 / (others + 1)).sum()),
            _severity(known, files, low),
        )


def _severity(known: Known, files: NDArray[np.uint32], low: Mask) -> dict[str, Range]:
    """Return how many contents there are of each class that lists name."""
    size = len(known.class_names)
    sure, seen = (
        np.bincount(known.classes_of(each), minlength=size) for each in (files[low], files)
    )
    return {
        name: _range(sure[place], seen[place])
        for place, name in sorted(enumerate(known.class_names), key=lambda item: item[1])
        if seen[place]
    }


def _range(low: float, high: float) -> Range:
    return Range(float(low), float(high))
