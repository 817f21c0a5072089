from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tests.sightings import practice

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.sightings.pages.behind import codes_of, identities, in_a_word
from tidebreak.sightings.ranking.pairs import endpoint_key
from tidebreak.sightings.ranking.rank import Job, Options
from tidebreak.sightings.records import Hypothesis


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("behind")
    with Tidebreak.create(folder / "home", folder / "key") as made:
        desk = practice.fill(made, practice.write(folder, 5_000))
        ranking = desk.rank(Options(top=15))
        job = Job.of(desk.sightings, made.snapshot, made.catalogue, Options())
        yield job, ranking


def test_keys_lead_back_to_codes_that_have_the_actors_sightings(case):
    job, ranking = case
    actors = [actor for some in ranking.actors.values() for actor in some]
    codes = codes_of(job, actors)
    assert codes.keys() == {actor.key for actor in actors}
    rows = list(job.sightings.batches())
    all_rows = {name: np.concatenate([batch[name] for batch in rows]) for name in rows[0]}
    endpoints = endpoint_key(
        all_rows["address"], all_rows["port"], all_rows["time"] // np.uint32(86_400)
    )
    for actor in actors:
        of = all_rows["client"] if actor.hypothesis is Hypothesis.CLIENT else endpoints
        times = all_rows["time"][of == of.dtype.type(codes[actor.key])]
        assert actor.first in times
        assert actor.last in times


def test_identities_are_what_the_store_decrypts(case):
    job, ranking = case
    clients = list(ranking.actors[Hypothesis.CLIENT])
    codes = codes_of(job, clients)
    found = identities(job.sightings, clients, codes)
    for actor in clients:
        (text,) = job.sightings.clients(np.array([codes[actor.key]]))
        assert found[actor.key][0] == ("Client id", text)
        assert in_a_word(found[actor.key]).startswith(f"client id {text}, its network ")


def test_nobody_asked_for_is_nobody_found(case):
    job, _ = case
    assert codes_of(job, []) == {}
    assert identities(job.sightings, [], {}) == {}


@pytest.mark.parametrize("hypothesis", list(Hypothesis))
def test_an_actor_of_other_logs_is_said_to_be_gone(case, hypothesis: Hypothesis, tmp_path: Path):
    job, ranking = case
    other = ranking.actors[hypothesis][0]
    lost = dataclasses.replace(other, key=other.key[:2] + "aaaaaaaaaaaa")
    with pytest.raises(UsageError, match="is not among the sightings now; rank again"):
        codes_of(job, [lost])
