"""Union-find over contents and entries: what hangs together is one file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.kernels import inlined, kernel, warmable

Ints = NDArray[np.int64]


@inlined
def _root(parents: Ints, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@kernel
def _unite(left: Ints, right: Ints, parents: Ints) -> None:
    """Make the smallest node of each component its root (Tarjan and van Leeuwen 1984, halving)."""
    for i in range(len(left)):
        one, other = _root(parents, left[i]), _root(parents, right[i])
        if one < other:
            parents[other] = one
        else:
            parents[one] = other
    for node in range(len(parents)):
        parents[node] = _root(parents, node)


def united(left: Ints, right: Ints, lefts: int, rights: int) -> tuple[Ints, Ints]:
    """Return the component of each of ``lefts`` and of ``rights`` nodes, (n,) int64 each.

    ``left[i]`` and ``right[i]`` are connected; equal components have equal numbers.
    """
    parents = np.arange(lefts + rights)
    _unite(left.astype(np.int64), right.astype(np.int64) + lefts, parents)
    return parents[:lefts], parents[lefts:]


def warm() -> None:
    """Compile the kernel."""
    united(np.zeros(1, np.int64), np.zeros(1, np.int64), 1, 1)


warmable(__name__)
