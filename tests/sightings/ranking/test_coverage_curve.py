from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.ranking import coverage_curve
from tidebreak.sightings.ranking.coverage_curve import ONE, order
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.pairs import Evidence, Holdings, pack
from tidebreak.sightings.records import Hypothesis

FILES = 9
SURE = int(Evidence.LOW | Evidence.OWN | Evidence.ENTERS)
WEAK = int(Evidence.OWN | Evidence.ENTERS)
MERGED = 0

LIBRARIES = st.lists(
    st.dictionaries(st.integers(1, FILES), st.sampled_from([SURE, SURE, WEAK, MERGED]), max_size=6),
    min_size=1, max_size=9,
)  # fmt: skip


def held(libraries, keys=None):
    actors = [a for a, library in enumerate(libraries) for _ in library]
    files = [f for library in libraries for f in library]
    bits = [b for library in libraries for b in library.values()]
    words = pack(np.array(actors, int), np.array(files, int), np.array(bits, int))
    numbers = np.arange(1, len(libraries) + 1) if keys is None else keys
    holdings = Holdings.of(np.array(numbers, np.uint64), words)
    counts = [holdings.holders(bit, FILES) for bit in (Evidence.LOW, Evidence.ENTERS)]
    return Held(holdings, *counts, np.empty(0, np.int64))


@settings(deadline=None)
@given(LIBRARIES, st.integers(1, 9))
def test_the_order_and_what_goes_with_it_are_as_defined(libraries, most):
    found = order(held(libraries), most)
    sure = [{f for f, bits in lib.items() if bits == SURE} for lib in libraries]
    own = [{f for f, bits in lib.items() if bits != MERGED} for lib in libraries]
    holders = {f: sum(f in lib for lib in sure) for f in range(1, FILES + 1)}
    worth = [sum(ONE // holders[f] for f in lib) for lib in sure]
    assert found.worth.tolist() == worth
    left, chosen = set(range(1, FILES + 1)), []
    while len(chosen) < most:
        gains = [sum(ONE // holders[f] for f in lib & left) for lib in sure]
        best = gains.index(max(gains))
        if not gains[best]:
            break
        chosen.append(best)
        left -= sure[best]
    assert found.actors.tolist() == chosen
    everywhere = set().union(*own)
    assert found.of == len(everywhere)
    for k in range(1, len(chosen) + 1):
        rest = set().union(*(own[a] for a in range(len(libraries)) if a not in chosen[:k]))
        touched = set().union(*(libraries[a].keys() for a in chosen[:k]))
        assert found.gone[k - 1] == len(everywhere - rest)
        assert found.touched[k - 1] == len(touched & everywhere)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sets(st.integers(1, 4)), min_size=1, max_size=4))
def test_the_worth_is_the_shapley_value_of_holding_and_of_holding_alone(libraries):
    def touched(some):
        return len(set().union(*(libraries[a] for a in some)))

    def gone(some):
        return touched(everybody) - touched([a for a in everybody if a not in some])

    everybody = range(len(libraries))
    found = order(held([dict.fromkeys(library, SURE) for library in libraries]), 1).worth
    for game in (touched, gone):
        turns = list(permutations(everybody))
        for actor in everybody:
            before = [turn[: turn.index(actor)] for turn in turns]
            adds = sum(game([*some, actor]) - game(some) for some in before)
            assert found[actor] / ONE == pytest.approx(float(Fraction(adds, len(turns))))


def test_more_candidates_are_tried_when_the_first_were_not_enough(monkeypatch):
    rng = np.random.default_rng(5)
    libraries = [
        dict.fromkeys(rng.integers(1, FILES + 1, rng.integers(1, 4)).tolist(), SURE)
        for _ in range(60)
    ]
    wanted = order(held(libraries), 5)
    monkeypatch.setattr(coverage_curve, "_CANDIDATES", 2)
    found = order(held(libraries), 5)
    assert found.actors.tolist() == wanted.actors.tolist()
    assert len(found.actors) > 2


def test_an_endpoint_takes_its_address_along_on_all_days():
    # One address on two days holds a file: gone with the second of them, not counted twice.
    day = 1 << 48
    libraries = [{1: SURE, 2: SURE}, {1: SURE}, {3: SURE}]
    whole = held(libraries, keys=[day | 7 << 16, 2 * day | 7 << 16, day | 8 << 16])
    once = np.array([0, 1, 1, 1, 0, 0, 0, 0, 0, 0], np.uint32)
    by_address = Held(whole.holdings, once, once, whole.decoys)
    found = order(by_address, 9)
    assert found.actors.tolist() == [0, 2]
    assert found.gone.tolist() == [2, 3]


def test_the_curve_shows_shares_at_rising_places():
    libraries = [{f: SURE} for f in range(1, FILES + 1)]
    found = order(held(libraries), 9)
    curve = found.curve(Hypothesis.CLIENT)
    assert curve.k == tuple(range(1, 10))
    assert curve.low == curve.high == tuple(k / 9 for k in range(1, 10))
    assert found.added(0) == (1 / 9, 1 / 9) == pytest.approx(found.added(8))


def test_what_an_actor_adds_is_at_least_and_at_most_so_much():
    # With the last of them everything is gone that the first had touched already.
    found = order(held([dict.fromkeys(range(1, 9), SURE), dict.fromkeys(range(2, 10), SURE)]), 2)
    assert (found.gone.tolist(), found.touched.tolist()) == ([1, 9], [8, 9])
    assert found.added(0) == (1 / 9, 8 / 9)
    assert found.added(1) == (1 / 9, 8 / 9)


def test_of_nobody_there_is_an_empty_curve():
    nothing = order(held([{}]), 5)
    assert nothing.actors.tolist() == []
    assert nothing.curve(Hypothesis.ENDPOINT).k == ()
