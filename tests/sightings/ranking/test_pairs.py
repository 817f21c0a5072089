from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.sightings.ranking.pairs import (
    WIDTH,
    Evidence,
    Holdings,
    Spill,
    actors_of,
    addresses_of,
    at_rest,
    days_of,
    endpoint_key,
    files_of,
    pack,
)

PAIRS = st.lists(
    st.tuples(st.integers(0, 3) | st.integers(0, 2**32 - 1), st.integers(1, 2**27 - 1),
              st.integers(0, 31)),
    max_size=40,
)  # fmt: skip


def words(pairs):
    columns = np.array(pairs, np.uint64).reshape(-1, 3).T
    return pack(*columns)


def wanted(pairs):
    made: dict[int, dict[int, int]] = {}
    for actor, file, bits in pairs:
        held = made.setdefault(actor, {})
        held[file] = held.get(file, 0) | bits
    return made


def as_dict(holdings):
    found = {}
    for row, key in enumerate(holdings.keys.tolist()):
        pairs = holdings.of_actor(row)
        bits = (pairs & np.uint32((1 << WIDTH) - 1)).tolist()
        found[key] = dict(zip(files_of(pairs).tolist(), bits, strict=True))
    return found


@settings(deadline=None)
@given(PAIRS)
def test_a_pair_is_packed_and_told_apart_again(pairs):
    packed = words(pairs)
    assert actors_of(packed).tolist() == [pair[0] for pair in pairs]
    assert files_of(at_rest(packed)).tolist() == [pair[1] for pair in pairs]


@settings(deadline=None)
@given(PAIRS, st.integers(0, 40))
def test_what_was_spilled_comes_back_united_and_by_actor(pairs, cut):
    with closing(Spill()) as spill:
        for part in (pairs[:cut], pairs[cut:]):
            spill.add(words(part))
        found = Holdings.joined(list(spill.holdings()))
    assert as_dict(found) == wanted(pairs)
    assert found.keys.tolist() == sorted(wanted(pairs))


@pytest.fixture
def holdings():
    pairs = [(0, 7, Evidence.LOW | Evidence.OWN), (0, 9, Evidence.OWN), (2, 7, Evidence.OWN)]
    return Holdings.of(np.array([50, 60, 70], np.uint64), words(pairs))


def test_actors_without_pairs_are_there(holdings):
    assert holdings.sizes.tolist() == [2, 0, 1]
    assert holdings.count(Evidence.LOW).tolist() == [1, 0, 0]


def test_holders_are_counted_by_file_and_evidence(holdings):
    assert holdings.holders(Evidence.OWN, 9).tolist() == [0] * 7 + [2, 0, 1]
    assert holdings.holders(Evidence.LOW, 9).tolist() == [0] * 7 + [1, 0, 0]


def test_some_actors_may_be_taken_and_bits_cleared(holdings):
    last = holdings.only(np.array([False, False, True]))
    assert as_dict(last) == {70: {7: Evidence.OWN}}
    holdings.clear(Evidence.LOW, np.array([0]))
    assert as_dict(holdings)[50] == {7: Evidence.OWN, 9: Evidence.OWN}


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_an_endpoint_is_one_word(address, port, day):
    key = endpoint_key(np.array([address]), np.array([port]), day)
    assert (addresses_of(key)[0], days_of(key)[0], int(key[0]) & 0xFFFF) == (address, day, port)
