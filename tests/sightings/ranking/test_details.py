from __future__ import annotations

import numpy as np
import pytest
from tests.sightings.worlds import DAY, Crowd, add_source, columns, known, question

from tidebreak.sightings.ranking.details import details
from tidebreak.sightings.ranking.pairs import endpoint_key
from tidebreak.sightings.ranking.reading import spans
from tidebreak.sightings.records import Grade, Hypothesis

CROWD = Crowd(rows=400, days=4, clients=12)


@pytest.fixture
def found(opened):
    """All known sightings as rows, and a way to ask for the facts of some actors."""
    rng = np.random.default_rng(6)
    for ceiling in (Grade.A, Grade.B):
        add_source(opened(), columns(rng, CROWD), CROWD, ceiling)
    store, chosen = opened(), known(rng, CROWD.contents)
    rows = []
    for batch in store.batches():
        for values in zip(*(column.tolist() for column in batch.values()), strict=True):
            row = dict(zip(batch, values, strict=True))
            if chosen.files[row["content"]]:
                day = row["time"] // DAY
                row["key"] = int(
                    endpoint_key(np.array([row["address"]]), np.array([row["port"]]), day)[0]
                )
                rows.append(row)

    def ask(clients, endpoints):
        asked = question(chosen, store.sources())
        ranked = {
            Hypothesis.CLIENT: np.array(clients, np.uint64),
            Hypothesis.ENDPOINT: np.array(endpoints, np.uint64),
        }
        return details(spans(store.sources(), 200), store.paths(), asked, ranked)

    return rows, ask


def told(facts):
    columns = (facts.actor, facts.seen.time, facts.seen.client, facts.seen.address, facts.seen.port)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def wanted(rows, name, actors):
    return sorted(
        (actors.index(row[name]), row["time"], row["client"], row["address"], row["port"])
        for row in rows
        if row[name] in actors
    )


def test_the_facts_are_all_sightings_of_the_actors(found):
    rows, ask = found
    ends = sorted({row["key"] for row in rows if row["address"]})
    clients, endpoints = [7, 2, 11], [ends[5], ends[-1], ends[0]]
    got = ask(clients, endpoints)
    assert told(got[Hypothesis.CLIENT]) == wanted(rows, "client", clients) != []
    assert told(got[Hypothesis.ENDPOINT]) == wanted(rows, "key", endpoints) != []


def test_client_ids_come_with_whom_they_met(found):
    rows, ask = found
    facts = ask([7, 2], [])[Hypothesis.CLIENT]
    mine = {(place, row["key"]) for place, code in enumerate((7, 2))
            for row in rows if row["client"] == code and row["address"]}  # fmt: skip
    ends = {key for _, key in mine}
    assert {tuple(pair) for pair in facts.meetings.tolist()} == mine
    assert {tuple(pair) for pair in facts.met.tolist()} == {
        (row["key"], row["client"]) for row in rows if row["key"] in ends and row["client"]
    }


def test_without_actors_there_are_no_facts(found):
    for facts in found[1]([], []).values():
        assert not len(facts.actor)
        assert not len(facts.met)
