"""What is said of one actor: every measure as a range, and what speaks against the hypothesis.

The low end counts what is sure under the hypothesis: grades A and B, offers, identifiers that
decide alone, no doubt about the identity. The high end adds hearsay (C), requests, identifiers
for which collisions can be made, what is in doubt, and what other identities gave away that met
this one at the same address and port, or under the same client id, on the same day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.coverage_curve import Order
from tidebreak.sightings.days import Doubts
from tidebreak.sightings.details import Facts
from tidebreak.sightings.flags import Signs, flags_of
from tidebreak.sightings.gather import Held
from tidebreak.sightings.known import Known
from tidebreak.sightings.pair_kernels import number
from tidebreak.sightings.pairs import Evidence, days_of, endpoint_key, files_of, having
from tidebreak.sightings.reading import DAY
from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Range

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ranked:
    """The actors to describe under one hypothesis: ``places`` in the holdings, by rank."""

    hypothesis: Hypothesis
    held: Held
    order: Order
    places: Ints
    keys: tuple[str, ...]


def measure(ranked: Ranked, facts: Facts, known: Known, doubts: Doubts) -> tuple[Actor, ...]:
    """Return what is to be said of every actor of ``ranked``."""
    sure = _sure(ranked, facts, doubts)
    times = _Times.of(facts, sure, len(ranked.places))
    company = _company(ranked, facts, sure, doubts)
    marginal = _marginal(ranked.order)
    return tuple(
        _actor(ranked, rank, known, times, company, marginal, doubts)
        for rank in range(len(ranked.places))
    )


def _sure(ranked: Ranked, facts: Facts, doubts: Doubts) -> Mask:
    """Return which sightings are sure: the rules of `days` and `gather`, for these actors."""
    sure = (facts.seen.evidence & Evidence.LOW) > 0
    day = facts.seen.time // np.uint32(DAY)
    if ranked.hypothesis is Hypothesis.CLIENT:
        unit, most = facts.actor * (1 << 17) + day, doubts.roaming
        other = endpoint_key(facts.seen.address, facts.seen.port, 0)
        given = facts.seen.address > 0
    else:
        unit, most = facts.actor, doubts.shared
        other, given = facts.seen.client.astype(np.uint64), facts.seen.client > 0
    unit_of, units = number(unit.astype(np.uint64))
    doubtful = distinct(unit_of[given], other[given], len(units)) > most
    decoy = np.isin(ranked.places, ranked.held.decoys)
    return sure & ~doubtful[unit_of] & ~decoy[facts.actor]


def distinct(actor: NDArray[np.integer], value: NDArray[np.integer], actors: int) -> Ints:
    """Return how many different values (n,) each of ``actors`` has; ``actor`` (n,) says whose."""
    numbers, _ = number(value.astype(np.uint64))
    _, pairs = number(actor.astype(np.uint64) << np.uint64(32) | numbers)
    return np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=actors)


@dataclass(frozen=True, slots=True)
class _Times:
    """Per actor: active days, days' distinct sightings by grade, first and last, networks."""

    days: tuple[Ints, Ints]
    grades: dict[Grade, Ints]
    rows: Ints
    first: Ints
    last: Ints
    networks: dict[Network, Mask]
    burst: Ints

    @classmethod
    def of(cls, facts: Facts, sure: Mask, actors: int) -> _Times:
        actor, seen = facts.actor, facts.seen
        day = (seen.time // np.uint32(DAY)).astype(np.int64)
        said = day << 32 | seen.file
        entering = (seen.evidence & Evidence.ENTERS) > 0
        first = np.full(actors, (1 << 32) - 1, np.int64)
        last = np.zeros(actors, np.int64)
        np.minimum.at(first, actor[entering], seen.time[entering])
        np.maximum.at(last, actor[entering], seen.time[entering])
        return cls(
            (distinct(actor[sure], day[sure], actors), distinct(actor, day, actors)),
            {g: distinct(actor[seen.grade == g], said[seen.grade == g], actors) for g in Grade},
            np.bincount(actor, minlength=actors),
            first,
            last,
            {
                n: np.bincount(actor[entering & (seen.network == n)], minlength=actors) > 0
                for n in Network
            },
            _burst(actor[sure], seen.file[sure], seen.time[sure], actors),
        )


def _burst(actor: Ints, file: NDArray[np.uint32], time: NDArray[np.uint32], actors: int) -> Ints:
    """Return how many contents of each actor were seen within an hour of its first sighting."""
    begin = np.full(actors, 1 << 40, np.int64)
    np.minimum.at(begin, actor, time)
    early = time < begin[actor] + 3600
    return distinct(actor[early], file[early], actors)


@dataclass(frozen=True, slots=True)
class _Company:
    """Per actor: addresses and client ids seen with it, and the most ids at one endpoint."""

    addresses: tuple[Ints, Ints]
    clients: tuple[Ints, Ints]
    crowd: Ints
    places: Ints


def _company(ranked: Ranked, facts: Facts, sure: Mask, doubts: Doubts) -> _Company:
    actors, seen = len(ranked.places), facts.seen
    placed, named = seen.address > 0, seen.client > 0
    addresses = tuple(
        distinct(facts.actor[which], seen.address[which], actors)
        for which in (placed & sure, placed)
    )
    endpoint = endpoint_key(seen.address, seen.port, seen.time // np.uint32(DAY))
    by_day = facts.actor * (1 << 17) + days_of(endpoint)
    unit_of, units = number(by_day[placed].astype(np.uint64))
    at = distinct(unit_of, endpoint[placed], len(units))
    places = np.zeros(actors, np.int64)
    np.maximum.at(places, (units >> np.uint64(17)).astype(np.int64), at)
    if ranked.hypothesis is Hypothesis.ENDPOINT:
        low, high = (
            distinct(facts.actor[which], seen.client[which], actors)
            for which in (named & sure, named)
        )
        return _Company((addresses[0], addresses[1]), (low, high), high, places)
    crowd, others = _mates(ranked, facts, doubts)
    return _Company(
        (addresses[0], addresses[1]), (np.ones(actors, np.int64), others), crowd, places
    )


def _mates(ranked: Ranked, facts: Facts, doubts: Doubts) -> tuple[Ints, Ints]:
    """Return the most client ids at one endpoint of each actor, and all where it is not shared."""
    actors = len(ranked.places)
    keys, clients = np.unique(facts.met[:, 0], return_counts=True)
    actor = facts.meetings[:, 0].astype(np.int64)
    at = np.searchsorted(keys, facts.meetings[:, 1])
    crowd = np.ones(actors, np.int64)
    np.maximum.at(crowd, actor, clients[at])
    begins = np.searchsorted(np.sort(facts.met[:, 0]), keys)
    codes = facts.met[np.argsort(facts.met[:, 0], kind="stable"), 1]
    near = clients[at] <= doubts.shared
    counts = clients[at[near]]
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    mates = codes[np.repeat(begins[at[near]], counts) + place]
    return crowd, np.maximum(1, distinct(np.repeat(actor[near], counts), mates, actors))


def _marginal(order: Order) -> dict[int, tuple[int, Range]]:
    """Return rank in the curve and what it adds there, for each actor on it by place."""
    gone, touched = np.diff(order.gone, prepend=0), np.diff(order.touched, prepend=0)
    return {
        int(actor): (turn + 1, _range(gone[turn] / order.of, touched[turn] / order.of))
        for turn, actor in enumerate(order.actors)
    }


def _actor(
    ranked: Ranked,
    rank: int,
    known: Known,
    times: _Times,
    company: _Company,
    marginal: Mapping[int, tuple[int, Range]],
    doubts: Doubts,
) -> Actor:
    place, held = int(ranked.places[rank]), ranked.held
    pairs = held.holdings.of_actor(place)
    files, low = files_of(pairs), having(pairs, Evidence.LOW)
    others = np.maximum(held.sure[files].astype(np.int64) - low, 0)
    seen = np.maximum(held.seen[files], 1)
    turn, adds = marginal.get(place, (0, Range(0.0, 0.0)))
    contents = _range(low.sum(), len(files))
    signs = Signs(
        ranked.hypothesis,
        contents,
        known.count,
        int(company.crowd[rank]),
        int(company.places[rank]),
        bool(np.isin(place, held.decoys)),
        int(times.burst[rank]),
        int(times.rows[rank]),
        sum(int(counts[rank]) for counts in times.grades.values()),
        (int(times.first[rank]), int(times.last[rank])),
    )
    return Actor(
        hypothesis=ranked.hypothesis,
        key=ranked.keys[rank],
        networks=tuple(network for network, there in times.networks.items() if there[rank]),
        contents=contents,
        days=_range(times.days[0][rank], times.days[1][rank]),
        sole=_range((low & (seen == 1)).sum(), (others == 0).sum()),
        rarity=_range((1 / seen[low]).sum(), (1 / (others + 1)).sum()),
        coverage_rank=turn,
        marginal=adds,
        first=signs.span[0],
        last=signs.span[1],
        grades={grade: int(counts[rank]) for grade, counts in times.grades.items()},
        severity=_severity(known, files, low),
        addresses=_range(company.addresses[0][rank], company.addresses[1][rank]),
        clients=_range(company.clients[0][rank], company.clients[1][rank]),
        flags=flags_of(signs, doubts),
    )


def _severity(known: Known, files: NDArray[np.uint32], low: Mask) -> dict[str, Range]:
    size = len(known.class_names)
    sure = np.isin(known.class_of[:, 0], files[low])
    seen = np.isin(known.class_of[:, 0], files)
    counts = [np.bincount(known.class_of[which, 1], minlength=size) for which in (sure, seen)]
    return {
        name: _range(counts[0][place], counts[1][place])
        for place, name in sorted(enumerate(known.class_names), key=lambda item: item[1])
        if counts[1][place]
    }


def _range(low: float, high: float) -> Range:
    return Range(float(low), float(high))
