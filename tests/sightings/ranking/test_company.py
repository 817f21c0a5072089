from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sightings.worlds import seen

from tidebreak.sightings.ranking.company import Company
from tidebreak.sightings.ranking.details import Facts

MEETINGS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=20, unique=True)
IDS = st.lists(st.tuples(st.integers(1, 5), st.integers(10, 17)), max_size=30, unique=True)


@settings(deadline=None)
@given(MEETINGS, IDS, st.integers(1, 4))
def test_company_is_whoever_was_at_the_same_endpoints(meetings, others, shared):
    # An actor is itself at each of its endpoints, under a client code of its own.
    ids = sorted({*others, *((end, 100 + actor) for actor, end in meetings)})
    facts = Facts(
        np.empty(0, np.int64), seen(file=[]),
        np.array(meetings, np.uint64).reshape(-1, 2), np.array(ids, np.uint64).reshape(-1, 2),
    )  # fmt: skip
    found = Company.of(facts, 4, shared)
    at = {end: {code for e, code in ids if e == end} for end in range(1, 6)}
    for actor in range(4):
        ends = [end for a, end in meetings if a == actor]
        assert found.crowd[actor] == max([1, *(len(at[end]) for end in ends)])
        near = set().union(*(at[end] for end in ends if len(at[end]) <= shared))
        assert found.clients[actor] == max(1, len(near))
