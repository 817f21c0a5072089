"""Who is behind actors: from their opaque keys back to codes, and from codes to what was logged.

What comes out was encrypted at rest: whoever shows it must say so in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.pages.wording import NETWORK_NAMES, day
from tidebreak.sightings.ranking.actor_keys import keys_of
from tidebreak.sightings.ranking.pairs import addresses_of, days_of, endpoint_key
from tidebreak.sightings.ranking.rank import Job
from tidebreak.sightings.ranking.reading import DAY, Span, read
from tidebreak.sightings.records import Actor, Hypothesis, Network

Words = NDArray[np.uint64]

Identity = tuple[tuple[str, str], ...]
"""What an actor is in words: pairs of what is said and its value."""

_AT_ONCE = 1 << 16


def codes_of(job: Job, actors: Sequence[Actor]) -> dict[str, int]:
    """Return by key the client code of each actor, or the endpoint key of `pairs`.

    Raises `UsageError` when an actor is not among the sightings of ``job``.
    """
    wanted = {actor.key for actor in actors}
    found: dict[str, int] = {}
    for hypothesis, candidates in _candidates(job, actors):
        for start in range(0, len(candidates), _AT_ONCE):
            some = candidates[start : start + _AT_ONCE]
            keys = keys_of(job.sightings, hypothesis, some)
            found |= {key: int(some[at]) for at, key in enumerate(keys) if key in wanted}
    if lost := sorted(wanted - found.keys()):
        raise UsageError(
            f"{lost[0]} is not among the sightings now; rank again: tidebreak sightings rank"
        )
    return found


def _candidates(job: Job, actors: Sequence[Actor]) -> Iterator[tuple[Hypothesis, Words]]:
    if any(actor.hypothesis is Hypothesis.CLIENT for actor in actors):
        count = len(job.sightings.client_names)
        yield Hypothesis.CLIENT, np.arange(1, count + 1, dtype=np.uint64)
    days = {a.first // DAY for a in actors if a.hypothesis is Hypothesis.ENDPOINT}
    for number in sorted(days):
        seen = read(Span(number * DAY, (number + 1) * DAY), job.paths, job.question).found
        keys = np.unique(endpoint_key(seen.address, seen.port, number))
        yield Hypothesis.ENDPOINT, keys[addresses_of(keys) > 0]


def identities(
    sightings: Sightings, actors: Sequence[Actor], codes: dict[str, int]
) -> dict[str, Identity]:
    """Return by key who ``actors`` are, whose codes are known."""
    clients = [actor for actor in actors if actor.hypothesis is Hypothesis.CLIENT]
    endpoints = [actor for actor in actors if actor.hypothesis is Hypothesis.ENDPOINT]
    found: dict[str, Identity] = {}
    numbers = np.array([codes[actor.key] for actor in clients], np.int64)
    networks = sightings.client_names.networks[numbers - 1].tolist()
    for actor, text, network in zip(clients, sightings.clients(numbers), networks, strict=True):
        name = NETWORK_NAMES[Network(network)]
        found[actor.key] = (("Client id", text), ("Its network", name))
    keys = np.array([codes[actor.key] for actor in endpoints], np.uint64)
    texts = sightings.addresses(addresses_of(keys))
    for actor, key, text, at in zip(endpoints, keys, texts, days_of(keys), strict=True):
        port = int(key & np.uint64(0xFFFF))
        found[actor.key] = (
            ("Address", text), ("Port", str(port or "unknown")), ("Day (UTC)", day(int(at) * DAY)),
        )  # fmt: skip
    return found


def in_a_word(identity: Identity) -> str:
    """Return an identity on one line."""
    return ", ".join(f"{name.lower()} {value}" for name, value in identity)
