"""The greedy kernel of `tidebreak.sightings.ranking.coverage_curve`."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import inlined, kernel, warmable

Ints = NDArray[np.int64]


@inlined
def _gain(
    actor: int, starts: Ints, pairs: NDArray[np.uint32], weights: Ints, width: int, low: int
) -> Any:
    gain = np.int64(0)
    for i in range(starts[actor], starts[actor + 1]):
        if pairs[i] & np.uint32(low):
            gain += weights[pairs[i] >> np.uint32(width)]
    return gain


@kernel
def values(
    starts: Ints, pairs: NDArray[np.uint32], weights: Ints, width: int, low: int, found: Ints
) -> None:
    """Add up the ``weights`` (files + 1,) of each actor's files into ``found`` (actors,).

    Only ``pairs`` with the bit ``low`` count; a pair's file stands above its lowest ``width`` bits.
    """
    for actor in range(len(found)):
        found[actor] = _gain(actor, starts, pairs, weights, width, low)


@kernel
def greedy(
    starts: Ints, pairs: NDArray[np.uint32], weights: Ints, width: int, low: int,
    candidates: Ints, bounds: Ints, chosen: Ints, gains: Ints,
) -> int:  # fmt: skip
    """Fill ``chosen`` and ``gains`` (k,) with the actors of the greatest gain, one by one.

    ``candidates`` have values ``bounds``. Whoever is chosen takes the weight of its files away:
    ``weights`` is changed. Lazy greedy (Minoux 1978): a gain only ever shrinks, so that an old one
    is a bound; equal gains go to the smaller actor. Returns how many there are with any gain.
    """
    heap = [(-bounds[i], candidates[i], np.int64(0)) for i in range(len(candidates))]
    heapq.heapify(heap)
    made = 0
    while made < len(chosen) and len(heap) > 0:
        bound, actor, when = heapq.heappop(heap)
        if when != made:
            gain = _gain(actor, starts, pairs, weights, width, low)
            if gain > 0:
                heapq.heappush(heap, (-gain, actor, np.int64(made)))
            continue
        if bound == 0:
            break
        chosen[made], gains[made] = actor, -bound
        made += 1
        for i in range(starts[actor], starts[actor + 1]):
            if pairs[i] & np.uint32(low):
                weights[pairs[i] >> np.uint32(width)] = 0
    return made


def warm() -> None:
    """Compile every kernel of this module."""
    starts, pairs, one = np.array([0, 1]), np.ones(1, np.uint32), np.ones(1, np.int64)
    values(starts, pairs, one, 5, 1, one.copy())
    greedy(starts, pairs, one.copy(), 5, 1, np.zeros(1, np.int64), one, one.copy(), one.copy())


warmable(__name__)
