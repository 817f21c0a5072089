"""All measures together are compared with plain Python in ``test_rank``; here is one by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sightings.worlds import DAY, START, known, seen

from tidebreak.sightings.ranking.coverage_curve import order
from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.details import Facts
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.measures import Ranked, different, measure
from tidebreak.sightings.ranking.pairs import Evidence, Holdings, pack
from tidebreak.sightings.records import Grade, Hypothesis, Network, Range

SURE = int(Evidence.LOW | Evidence.OWN | Evidence.ENTERS)
WEAK = int(Evidence.OWN | Evidence.ENTERS)
HEARSAY = int(Evidence.OWN)


@settings(deadline=None)
@given(st.lists(st.integers(0, 99)))
def test_different_values_are_counted(values):
    assert different(np.array(values, np.uint32)) == len(set(values))


@pytest.fixture
def actor():
    """A client id with four contents: sure and alone, sure and shared, weak, hearsay."""

    def make(decoys=(), doubts=None):
        pairs = [
            (0, 1, SURE),
            (0, 2, SURE),
            (0, 3, WEAK),
            (0, 4, HEARSAY),
            (1, 2, SURE),
            (1, 4, WEAK),
        ]
        words = pack(*np.array(pairs).T)
        holdings = Holdings.of(np.array([7, 8], np.uint64), words)
        counts = [holdings.holders(bit, 4) for bit in (Evidence.LOW, Evidence.ENTERS)]
        held = Held(holdings, *counts, np.array(decoys, np.int64))
        rows = seen(
            time=[START, START + 5, START + DAY, START + DAY, START + 2 * DAY],
            file=[1, 1, 2, 3, 4], client=[7] * 5, address=[1, 1, 2, 3, 0], port=[9] * 5,
            network=[1, 1, 1, 2, 3], grade=[1, 1, 2, 2, 3],
            evidence=[SURE, SURE, SURE, WEAK, HEARSAY],
        )  # fmt: skip
        nobody = np.empty((0, 2), np.uint64)
        facts = Facts(np.zeros(5, np.int64), rows, nobody, nobody)
        ranked = Ranked(Hypothesis.CLIENT, held, order(held, 5), np.array([0]), ("c:x",))
        chosen = known(np.random.default_rng(1), 8)
        return measure(ranked, facts, chosen, doubts or Doubts())[0]

    return make


def test_every_measure_of_one_actor_by_hand(actor):
    got = actor()
    assert got.contents == Range(2, 4)
    assert got.sole == Range(1, 3)  # content 3 has nobody else, 4 nobody else of grade A or B…
    assert got.rarity == Range(1 + 1 / 2, 1 + 1 / 2 + 1 + 1)
    assert got.days == Range(2, 3)
    assert got.networks == (Network.BITTORRENT, Network.EDONKEY)
    assert (got.first, got.last) == (START, START + DAY)
    assert got.grades == {Grade.A: 1, Grade.B: 2, Grade.C: 1}
    assert got.addresses == Range(2, 3)
    assert got.clients == Range(1, 1)
    assert got.coverage_rank == 1
    assert got.marginal == Range(2 / 4, 4 / 4)
    assert got.flags == ()


def test_of_a_decoy_no_sighting_is_sure(actor):
    got = actor(decoys=[0])
    assert (got.days.low, got.addresses.low) == (0, 0)
    assert any("decoy" in flag for flag in got.flags)


def test_days_of_a_roaming_client_id_are_not_sure(actor):
    got = actor(doubts=Doubts(roaming=1))
    assert got.days == Range(1, 3)
    assert got.addresses == Range(1, 3)
