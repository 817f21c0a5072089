"""In which order to look at actors, and what would be gone without the first k of them.

The worth of an actor is its share in availability: each known content counts 1, divided evenly
among its holders (those of grade A or B). That is the Shapley value of the actor both in the game
"how many contents do these hold" and in its dual "how many do only these hold" (Shapley 1953): on
average over all orders in which actors might be taken away, so many contents go with this one.
Volume does not enter, nor what a thousand others hold as well.

The order is greedy: next comes who adds the most worth in contents that nobody before has, so
that a second name of the same collection adds nothing. For such sums no k actors together have
more than e/(e - 1) times the worth of the first k (Nemhauser, Wolsey, Fisher 1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking import greedy_kernels
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.pairs import WIDTH, Evidence, addresses_of, files_of, having
from tidebreak.sightings.records import Curve, Hypothesis

ONE = 1 << 40
"""The worth of a content with one holder: whole numbers add up the same in every order."""

_CANDIDATES = 1 << 16
"""Actors tried first; more if they turn out not to be enough."""

_POINTS = 200
"""Points of a curve, about."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Order:
    """Actors in greedy order, and what goes with them.

    ``actors`` (k,) are places in the holdings. ``gone`` and ``touched`` (k,) count the contents
    that only the first k were seen with, and those that they were seen with at all; ``of`` is how
    many there are. ``worth`` (n,) is that of every actor, on its own, `ONE` being 1.
    """

    actors: Ints
    gone: Ints
    touched: Ints
    of: int
    worth: Ints

    def added(self, turn: int) -> tuple[float, float]:
        """Return which share of contents the actor of ``turn`` adds, at least and at most.

        Of the two ends of the curve either may grow more: a content that somebody before has,
        too, is gone only now and was touched then.
        """
        before = (self.gone[turn - 1], self.touched[turn - 1]) if turn else (0, 0)
        gone = float(self.gone[turn] - before[0]) / self.of
        touched = float(self.touched[turn] - before[1]) / self.of
        return min(gone, touched), max(gone, touched)

    def curve(self, hypothesis: Hypothesis) -> Curve:
        """Return the curve at no more than some hundred places, close to each other at first."""
        size = len(self.actors)
        ks = np.unique(np.geomspace(1, size, _POINTS).round().astype(np.int64)) if size else []
        places = [int(k) - 1 for k in ks]
        return Curve(
            hypothesis,
            tuple(place + 1 for place in places),
            tuple(float(self.gone[place]) / self.of for place in places),
            tuple(float(self.touched[place]) / self.of for place in places),
        )


def order(held: Held, most: int) -> Order:
    """Return the first ``most`` actors in greedy order, fewer when the rest adds nothing."""
    holdings = held.holdings
    weights = np.where(held.sure > 0, ONE // np.maximum(held.sure, 1).astype(np.int64), 0)
    worth = np.zeros(len(holdings), np.int64)
    greedy_kernels.values(holdings.starts, holdings.pairs, weights, WIDTH, int(Evidence.LOW), worth)
    actors = _greedy(held, weights, worth, most)
    gone, touched = _removed(held, actors)
    return Order(actors, gone, touched, int((held.seen > 0).sum()), worth)


def _greedy(held: Held, weights: Ints, worth: Ints, most: int) -> Ints:
    chosen, gains = np.empty(most, np.int64), np.empty(most, np.int64)
    size = _CANDIDATES
    while True:
        least = int(np.partition(worth, -size)[-size]) if size < len(worth) else 1
        tried = np.flatnonzero(worth >= max(1, least))
        made = greedy_kernels.greedy(
            held.holdings.starts, held.holdings.pairs, weights.copy(), WIDTH, int(Evidence.LOW),
            tried, worth[tried], chosen, gains,
        )  # fmt: skip
        # Whoever was not tried is worth less than the last gain: trying them changes nothing.
        if size >= len(worth) or (made == most and gains[made - 1] >= least):
            return chosen[:made].copy()
        size *= 16


def _removed(held: Held, actors: Ints) -> tuple[Ints, Ints]:
    """Return how many files are gone, and how many are touched, after each of ``actors``."""
    pairs = [held.holdings.of_actor(int(actor)) for actor in actors]
    turn = np.repeat(np.arange(len(actors)), [len(some) for some in pairs])
    flat = np.concatenate([np.empty(0, np.uint32), *pairs])
    counted = held.seen[files_of(flat)] > 0
    flat, turn = flat[counted], turn[counted]
    _, first = np.unique(files_of(flat), return_index=True)
    own = having(flat, Evidence.ENTERS)
    who = _holder(held, actors)[turn[own]]
    gone = _gone(files_of(flat[own]), who, turn[own], held.seen)
    return _running(gone, len(actors)), _running(turn[first], len(actors))


def _holder(held: Held, actors: Ints) -> NDArray[np.uint64]:
    """Return as whom actors are counted among the holders of a file: client code or address."""
    keys = held.holdings.keys[actors]
    return np.where(keys >> np.uint64(48) > 0, addresses_of(keys), keys)


def _gone(
    files: NDArray[np.uint32], who: NDArray[np.uint64], turn: Ints, seen: NDArray[np.uint32]
) -> Ints:
    """Return the turns at which files lose their last holder."""
    _, first = np.unique(files.astype(np.uint64) << np.uint64(32) | who, return_index=True)
    files, turn = files[first], turn[first]
    starts = np.flatnonzero(np.diff(files, prepend=-1))
    if not len(starts):
        return np.empty(0, np.int64)
    holders = np.diff(np.append(starts, len(files)))
    return np.maximum.reduceat(turn, starts)[holders == seen[files[starts]]]


def _running(turns: Ints, count: int) -> Ints:
    return np.cumsum(np.bincount(turns, minlength=count))
