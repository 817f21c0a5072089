"""Whom ranked client ids met: other client ids at the same address and port on the same day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking.details import Facts
from tidebreak.sightings.ranking.pair_kernels import grouped, number

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Company:
    """By ranked actor: ``crowd`` is the most client ids at one of its endpoints on one day.

    ``clients`` counts, with itself, those at its endpoints that are not shared: they may be other
    names of the same actor.
    """

    crowd: Ints
    clients: Ints

    @classmethod
    def of(cls, facts: Facts, actors: int, shared: int) -> Company:
        """Return the company of the ranked ``actors``; more than ``shared`` ids share a line."""
        at, keys = number(facts.met[:, 0])
        starts, order = grouped(at, len(keys))
        ids = np.diff(starts)
        place = {int(key): row for row, key in enumerate(keys)}
        actor = facts.meetings[:, 0].astype(np.int64)
        where = np.fromiter((place[int(key)] for key in facts.meetings[:, 1]), np.int64, len(actor))
        crowd = np.ones(actors, np.int64)
        np.maximum.at(crowd, actor, ids[where])
        near = ids[where] <= shared
        counts, begins = ids[where[near]], starts[where[near]]
        rows = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - begins, counts)
        codes = facts.met[order[rows], 1]
        _, pairs = number(np.repeat(actor[near], counts).astype(np.uint64) << np.uint64(32) | codes)
        clients = np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=actors)
        return cls(crowd, np.maximum(1, clients))
