"""One day of sightings: which actor, under each hypothesis, holds what.

Days are the natural unit: addresses are lent by the day, an endpoint is an actor for a day, and
announcements that repeat all day say one thing. Doubts about identities are settled here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking.pair_kernels import Small, Words, grouped, number, unite
from tidebreak.sightings.ranking.pairs import (
    DOUBTED,
    WIDTH,
    Evidence,
    Holdings,
    actors_of,
    addresses_of,
    at_rest,
    endpoint_key,
    pack,
)
from tidebreak.sightings.ranking.reading import DAY, Seen

_BITS = np.uint32((1 << WIDTH) - 1)


@dataclass(frozen=True, slots=True)
class Doubts:
    """From where on an identity is no longer taken for one actor on a day.

    An endpoint with more than ``shared`` client ids is a shared line; a client id at more than
    ``roaming`` endpoints is used by several, or by a machine that changes its address.
    """

    shared: int = 3
    roaming: int = 8


@dataclass(frozen=True, slots=True)
class Day:
    """What a day's sightings come to.

    ``endpoints`` are complete; ``clients`` and ``addresses`` are pairs under way, to be united
    with those of other days. ``shared`` and ``roaming`` count the identities in doubt.
    """

    endpoints: Holdings
    clients: Words
    addresses: Words
    shared: int
    roaming: int


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which client id was seen at which endpoint: meeting m is of ``endpoint[m]``, ``client[m]``.

    Both are numbers into ``endpoints`` (keys) and ``clients`` (codes); where a sighting gave no
    address or no client id, that is ``no_endpoint`` or ``no_client``, else -1. ``of_row`` says
    which meeting each row is of.
    """

    endpoints: Words
    clients: Words
    endpoint: Small
    client: Small
    no_endpoint: NDArray[np.bool_]
    no_client: NDArray[np.bool_]
    of_row: Small

    @classmethod
    def of(cls, rows: Seen, day: int) -> Meetings:
        """Return the meetings in ``rows``, all of one day."""
        at, endpoints = _in_order(*number(endpoint_key(rows.address, rows.port, day)))
        of_row, met = number(pack(at, np.zeros(1, np.uint8), 0) | rows.client.astype(np.uint64))
        client, clients = number(met & np.uint64(0xFFFFFFFF))
        no_endpoint, no_client = addresses_of(endpoints) == 0, clients == 0
        return cls(endpoints, clients, actors_of(met), client, no_endpoint, no_client, of_row)

    @property
    def at_endpoint(self) -> NDArray[np.int64]:
        """How many client ids were seen at each endpoint; none where there is no address."""
        named = self.endpoint[~self.no_client[self.client]]
        return np.bincount(named, minlength=len(self.endpoints)) * ~self.no_endpoint

    @property
    def of_client(self) -> NDArray[np.int64]:
        """At how many endpoints each client id was seen; none where there is no client id."""
        placed = self.client[~self.no_endpoint[self.endpoint]]
        return np.bincount(placed, minlength=len(self.clients)) * ~self.no_client


def days(rows: Seen, doubts: Doubts) -> list[Day]:
    """Return what each day in ``rows`` comes to, in order."""
    if not len(rows):
        return []
    return [examine(some, number, doubts) for number, some in by_day(rows)]


def by_day(rows: Seen) -> list[tuple[int, Seen]]:
    """Return the rows of each day, with the day's number since 1970."""
    number = rows.time // np.uint32(DAY)
    first = number.min()
    starts, order = grouped(number - first, int(number.max() - first) + 1)
    return [
        (int(first) + day, rows.take(order[starts[day] : starts[day + 1]]))
        for day in np.flatnonzero(np.diff(starts)).tolist()
    ]


def examine(rows: Seen, day: int, doubts: Doubts) -> Day:
    """Return what the rows of one day come to."""
    met = Meetings.of(rows, day)
    said = unite(pack(met.of_row, rows.file, rows.evidence), WIDTH)
    meeting, pairs = actors_of(said), at_rest(said)
    endpoint, client = met.endpoint[meeting], met.client[meeting]
    clients_at, places_of = met.at_endpoint, met.of_client
    shared, roaming = clients_at > doubts.shared, places_of > doubts.roaming

    placed, named = ~met.no_endpoint[endpoint], ~met.no_client[client]
    held = _doubted(pairs, shared[endpoint])
    travels = ~roaming & (np.bincount(met.client, minlength=len(roaming)) > 1) & (places_of > 0)
    by_endpoint = np.concatenate([
        _words(endpoint[placed], held[placed]),
        _bridged(met.client, met.endpoint, travels, client, pairs),
    ])  # fmt: skip
    # What was seen at an endpoint without any client id may be of the one client id there, too.
    bridges = ~shared & (np.bincount(met.endpoint, minlength=len(shared)) > 1) & (clients_at > 0)
    by_client = np.concatenate([
        _words(client[named], _doubted(pairs, roaming[client])[named]),
        _bridged(met.endpoint, met.client, bridges, endpoint, pairs),
    ])  # fmt: skip
    by_client = by_client[~met.no_client[actors_of(by_client)]]
    by_endpoint = by_endpoint[~met.no_endpoint[actors_of(by_endpoint)]]
    endpoints = Holdings.of(met.endpoints, unite(by_endpoint, WIDTH))
    codes = addresses_of(met.endpoints)
    return Day(
        endpoints.only(endpoints.count(Evidence.ENTERS) > 0),
        _coded(met.clients.astype(np.uint32), unite(by_client, WIDTH)),
        unite(_words(codes[endpoint[placed]], held[placed]), WIDTH),
        int(shared.sum()),
        int(roaming.sum()),
    )


def _in_order(numbers: Small, keys: Words) -> tuple[Small, Words]:
    """Number ``keys`` by size, so that nothing depends on what was read first."""
    order = np.argsort(keys)
    place = np.empty(len(keys), np.uint32)
    place[order] = np.arange(len(keys), dtype=np.uint32)
    return place[numbers], keys[order]


def _words(actors: Small, pairs: Small) -> Words:
    return (actors.astype(np.uint64) << np.uint64(32)) | pairs


def _coded(codes: Small, words: Words) -> Words:
    return _words(codes[actors_of(words)], at_rest(words))


def _doubted(pairs: Small, doubt: NDArray[np.bool_]) -> Small:
    return np.where(doubt, pairs & ~np.uint32(DOUBTED), pairs)


def _bridged(
    bridge: Small, actor: Small, bridging: NDArray[np.bool_], seen_at: Small, pairs: Small
) -> Words:
    """Return what actors may hold by way of what they met at: its pairs, without any evidence.

    ``bridge`` and ``actor`` (m,) are who met; ``seen_at`` (n,) is the bridge of each of ``pairs``.
    """
    chosen = bridging[bridge]
    if not chosen.any():
        return np.empty(0, np.uint64)
    starts, order = grouped(bridge[chosen], len(bridging))
    actors = actor[chosen][order]
    through = bridging[seen_at]
    at = seen_at[through]
    repeats = (starts[at + 1] - starts[at]).astype(np.int64)
    ends = np.cumsum(repeats)
    place = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - repeats, repeats)
    who: NDArray[Any] = actors[np.repeat(starts[at], repeats) + place]
    return _words(who, np.repeat(pairs[through] & ~_BITS, repeats))
