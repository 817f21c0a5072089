from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.ranking import union_kernels

EDGES = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 7)), max_size=30)


def components(edges):
    """Grow sets until nothing changes."""
    groups = [{("l", n)} for n in range(12)] + [{("r", n)} for n in range(8)]
    for left, right in edges:
        ours = [g for g in groups if ("l", left) in g or ("r", right) in g]
        groups = [g for g in groups if g not in ours] + [set().union(*ours)]
    return groups


@settings(deadline=None)
@given(EDGES)
def test_components_are_those_that_sets_grow_into(edges):
    left = np.array([e[0] for e in edges], np.int64)
    right = np.array([e[1] for e in edges], np.int64)
    of_left, of_right = union_kernels.united(left, right, 12, 8)
    found: dict[int, set] = {}
    for kind, labels in (("l", of_left), ("r", of_right)):
        for node, label in enumerate(labels.tolist()):
            found.setdefault(label, set()).add((kind, node))
    key = sorted
    assert sorted(map(key, found.values())) == sorted(map(key, components(edges)))


def test_the_kernel_can_be_warmed():
    union_kernels.warm()
