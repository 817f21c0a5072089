from __future__ import annotations

import numpy as np
import pytest
from tests.sightings.worlds import (
    CLIENTS,
    ENDPOINTS,
    Crowd,
    Oracle,
    add_source,
    columns,
    known,
    question,
)

from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.gather import gather, without_decoys
from tidebreak.sightings.ranking.pairs import (
    WIDTH,
    Evidence,
    Holdings,
    addresses_of,
    days_of,
    files_of,
    having,
    pack,
)
from tidebreak.sightings.ranking.reading import spans
from tidebreak.sightings.records import Grade, Hypothesis

SIZES = [Crowd(), Crowd(40, 1, 4, 3, 2, 1), Crowd(600, 6, 30, 40, 8, 3), Crowd(200, 2, 9, 2, 40, 5)]


def triples(holdings):
    """Every pair as (key, file, low, own), in order."""
    keys = np.repeat(holdings.keys, holdings.sizes)
    low, own = (having(holdings.pairs, bit) for bit in (Evidence.LOW, Evidence.OWN))
    return sorted(
        zip(*(c.tolist() for c in (keys, files_of(holdings.pairs), low, own)), strict=True)
    )


@pytest.mark.parametrize("crowd", SIZES)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("grades", [(1, 2, 3), (3, 3, 3, 2)])
def test_who_holds_what_is_what_sql_says(opened, crowd, seed, grades):
    rng, doubts = np.random.default_rng(seed), Doubts(2, 3)
    for ceiling in (Grade.A, Grade.B):
        add_source(opened(), columns(rng, crowd, grades), crowd, ceiling)
    store, chosen = opened(), known(rng, crowd.contents)
    asked = question(chosen, store.sources())
    got = gather(spans(store.sources(), 150), store.paths(), asked, doubts, folder=store.home)
    oracle = Oracle(store.paths(), chosen, doubts)

    clients, endpoints = got.held[Hypothesis.CLIENT], got.held[Hypothesis.ENDPOINT]
    assert not len(clients.decoys)
    assert triples(clients.holdings) == oracle.ask(CLIENTS)
    found = triples(endpoints.holdings)
    keys = np.array([row[0] for row in found], np.uint64)
    parts = (days_of(keys), addresses_of(keys), keys & np.uint64(0xFFFF))
    told = zip(*(part.tolist() for part in parts), (row[1:] for row in found), strict=True)
    assert [(*who, *rest) for *who, rest in told] == oracle.ask(ENDPOINTS)

    for hypothesis, sql in ((Hypothesis.CLIENT, "client"), (Hypothesis.ENDPOINT, "address")):
        wanted = np.zeros(chosen.count + 1, int)
        for file, holders in oracle.ask(
            f"SELECT file, count(DISTINCT {sql}) FROM seen WHERE gives AND {sql} > 0 GROUP BY file"
        ):
            wanted[file] = holders
        assert got.held[hypothesis].seen.tolist() == wanted.tolist()
        low = [row for row in triples(got.addresses.holdings if sql == "address" else
                                      clients.holdings) if row[2]]  # fmt: skip
        files = [row[1] for row in low]
        counted = np.bincount(files, minlength=chosen.count + 1) if files else wanted * 0
        assert got.held[hypothesis].sure.tolist() == counted.tolist()
    assert got.rows == 2 * crowd.rows
    assert got.known_rows == oracle.ask("SELECT count(*) FROM seen")[0][0]
    assert [got.shared] == list(oracle.ask("SELECT count(*) FROM crowds WHERE ids > $shared")[0])
    assert [got.roaming] == list(
        oracle.ask("SELECT count(*) FROM trips WHERE places > $roaming")[0]
    )


TESTED = int(Evidence.LOW | Evidence.TESTED | Evidence.OWN | Evidence.ENTERS)


def claims(*actors):
    """Holdings of actors, each (tested, received)."""
    who = [n for n, (tested, _) in enumerate(actors) for _ in range(tested)]
    file = [f for tested, _ in actors for f in range(1, tested + 1)]
    bits = [TESTED | (Evidence.RECEIVED if f < received else 0)
            for tested, received in actors for f in range(tested)]  # fmt: skip
    words = pack(np.array(who), np.array(file), np.array(bits))
    return Holdings.of(np.arange(len(actors), dtype=np.uint64), words)


def test_from_whom_nothing_ever_comes_is_a_decoy_and_ranks_no_more():
    # A third of all is received: 60 misses have a chance of 3 in 10 ** 11, 40 one in 10 ** 7.
    made, decoys = without_decoys(claims((300, 130), (60, 0), (40, 0), (0, 0)))
    assert decoys.tolist() == [1]
    assert made.count(Evidence.LOW).tolist() == [300, 0, 40, 0]
    assert made.count(Evidence.ENTERS).tolist() == [300, 0, 40, 0]
    assert made.count(Evidence.OWN)[1] == 60


@pytest.mark.parametrize("actors", [((500, 0), (3, 0)), ((5, 5),), ()])
def test_where_nothing_or_everything_is_received_there_is_no_pattern(actors):
    made, decoys = without_decoys(claims(*actors))
    assert not len(decoys)
    assert made.count(Evidence.LOW).tolist() == [tested for tested, _ in actors]


def test_evidence_fits_into_its_bits():
    assert max(Evidence) < 1 << WIDTH
