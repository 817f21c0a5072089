"""The second pass over the log: every sighting of the actors that are ranked, and whom they met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking.pair_kernels import Words, number
from tidebreak.sightings.ranking.pairs import addresses_of, endpoint_key
from tidebreak.sightings.ranking.reading import DAY, Question, Seen, Span, read, side_by_side
from tidebreak.sightings.records import Hypothesis

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Facts:
    """The sightings of the ranked actors under one hypothesis.

    ``actor`` (n,) is the place in the ranking, from 0, of each sighting in ``seen``. ``meetings``
    (m, 2) uint64 are pairs of a place and an endpoint key, ``met`` (k, 2) uint64 pairs of such an
    endpoint key and a client code seen there, by anybody's sightings; only for client ids.
    """

    actor: Ints
    seen: Seen
    meetings: Words
    met: Words

    @classmethod
    def joined(cls, parts: Sequence[Facts]) -> Facts:
        """Return all ``parts``."""
        return cls(
            np.concatenate([part.actor for part in parts]),
            Seen.joined([part.seen for part in parts]),
            np.concatenate([part.meetings for part in parts]),
            np.concatenate([part.met for part in parts]),
        )


def details(
    spans: Sequence[Span],
    paths: Sequence[Path],
    question: Question,
    ranked: Mapping[Hypothesis, Words],
    *,
    threads: int = 2,
) -> dict[Hypothesis, Facts]:
    """Return the facts of the actors ``ranked``: their keys by hypothesis, in order."""
    clients = _Clients(ranked[Hypothesis.CLIENT])
    endpoints = _Endpoints(ranked[Hypothesis.ENDPOINT])

    def facts(span: Span) -> tuple[Facts, Facts]:
        seen = read(span, paths, question).found
        return clients.facts(seen), endpoints.facts(seen)

    found = list(side_by_side(facts, spans, threads))
    nothing = (clients.facts(Seen.none()), endpoints.facts(Seen.none()))
    by_client, by_endpoint = zip(nothing, *found, strict=True)
    return {
        Hypothesis.CLIENT: Facts.joined(by_client),
        Hypothesis.ENDPOINT: Facts.joined(by_endpoint),
    }


class _Clients:
    """Finds the sightings of some client ids, and who else was where they were that day."""

    def __init__(self, codes: Words) -> None:
        self._place = np.full(int(codes.max(initial=0)) + 2, -1, np.int64)
        self._place[codes] = np.arange(len(codes))

    def facts(self, seen: Seen) -> Facts:
        place = self._place[np.minimum(seen.client, len(self._place) - 1)]
        chosen = np.flatnonzero(place >= 0)
        keys = _keys(seen.take(chosen))
        there = keys[addresses_of(keys) > 0]
        meetings = _distinct(place[chosen][addresses_of(keys) > 0], there)
        near = np.flatnonzero(_member(seen.address, addresses_of(there)) & (seen.client > 0))
        others = seen.take(near)
        at = _keys(others)
        touched = meetings[:, 1]
        met = np.isin(at, touched)
        pairs = _distinct(others.client[met], at[met])[:, ::-1]
        return Facts(place[chosen], seen.take(chosen), meetings, pairs)


class _Endpoints:
    """Finds the sightings of some endpoints on their days."""

    def __init__(self, keys: Words) -> None:
        self._order = np.argsort(keys)
        self._keys = keys[self._order]
        self._addresses = addresses_of(keys)

    def facts(self, seen: Seen) -> Facts:
        near = np.flatnonzero(_member(seen.address, self._addresses))
        keys = _keys(seen.take(near))
        at = np.searchsorted(self._keys, keys)
        at[at == len(self._keys)] = 0
        hit = self._keys[at] == keys if len(self._keys) else np.zeros(len(keys), np.bool_)
        none = np.empty((0, 2), np.uint64)
        return Facts(self._order[at[hit]], seen.take(near[hit]), none, none)


def _keys(seen: Seen) -> Words:
    return endpoint_key(seen.address, seen.port, seen.time // np.uint32(DAY))


def _member(codes: NDArray[np.uint32], some: NDArray[np.uint32]) -> NDArray[np.bool_]:
    table = np.zeros(int(some.max(initial=0)) + 2, np.bool_)
    table[some] = True
    table[-1] = False
    return table[np.minimum(codes, len(table) - 1)]


def _distinct(codes: NDArray[np.integer], keys: Words) -> Words:
    """Return the different pairs, (m, 2) uint64, of a code and the key beside it."""
    at, known = number(keys)
    _, pairs = number(codes.astype(np.uint64) << np.uint64(32) | at)
    return np.stack([pairs >> np.uint64(32), known[pairs & np.uint64(0xFFFFFFFF)]], axis=1)
