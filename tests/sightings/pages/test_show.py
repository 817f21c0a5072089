from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sightings import practice

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.sightings.desk import Desk
from tidebreak.sightings.pages.portrait import Portrait
from tidebreak.sightings.pages.wording import day
from tidebreak.sightings.records import Grade, Hypothesis, Network, Ranking

ROWS = 30_000


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return practice.write(tmp_path_factory.mktemp("show"), ROWS)


@pytest.fixture(scope="module")
def desk(logs: Path) -> Iterator[Desk]:
    with Tidebreak.create(logs.parent / "home", logs.parent / "key") as made:
        yield practice.fill(made, logs)


@pytest.fixture(scope="module")
def ranking(desk: Desk) -> Ranking:
    return desk.rank()


@pytest.fixture(scope="module")
def lines(logs: Path) -> list[practice.Line]:
    return practice.known_lines(logs)


def grades(lines: list[practice.Line]) -> dict[Grade, int]:
    counts = Counter(line.grade for line in lines)
    return {grade: counts[grade.name] for grade in Grade}


def check(found: Portrait, mine: list[practice.Line]) -> None:
    """Compare a portrait with the lines of the logs that are its actor's."""
    assert mine
    by_network = {Network[n.upper()] for n in {line.network for line in mine}}
    assert found.networks == {
        network: grades([line for line in mine if line.network == network.name.lower()])
        for network in by_network
    }
    assert {grade: sum(s.counts[grade] for s in found.slots) for grade in Grade} == grades(mine)
    assert {entry for item in found.items for entry in item.entries} == {
        f"Known: {line.entry}" for line in mine
    }
    assert {source.name for source in found.sources} == {line.log for line in mine}
    for item in found.items:
        here = [line for line in mine if f"Known: {line.entry}" in item.entries]
        assert item.grades == grades(here)


@pytest.mark.parametrize("place", [0, 1, 2, 5, 20])
def test_a_client_id_has_all_its_lines_and_addresses(desk, ranking, lines, place):
    actors = [
        actor for actor in ranking.actors[Hypothesis.CLIENT]
        if Network.BITTORRENT not in actor.networks and Network.DIRECT_CONNECT not in actor.networks
    ]  # fmt: skip
    found = desk.show(actors[place].key)
    (_, client), (_, network) = found.identity
    mine = [n for n in lines if n.client == client and n.network == network.lower()]
    check(found, mine)
    seen_at = Counter(f"{line.address}, port {line.port}" for line in mine)
    assert {item.text: item.sightings for item in found.companions} == seen_at
    counts = [item.sightings for item in found.companions]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("place", [0, 3, 30])
def test_an_endpoint_has_all_its_lines_of_its_day_and_hours(desk, ranking, lines, place):
    actor = ranking.actors[Hypothesis.ENDPOINT][place]
    found = desk.show(actor.key)
    identity = dict(found.identity)
    assert identity["Day (UTC)"] == day(actor.first)
    there = [n for n in lines if (n.address, n.port) == (identity["Address"], identity["Port"])]
    mine = [n for n in there if _day(n) == identity["Day (UTC)"]]
    check(found, mine)
    assert all(slot.start % 3600 == 0 for slot in found.slots)
    assert found.place == place + 1
    assert sum(item.sightings for item in found.companions) == len(mine)


def _day(line: practice.Line) -> str:
    return line.time[:10] if "T" in line.time else day(int(line.time))


def test_best_evidence_comes_first_and_weak_identifiers_are_not_sure(desk, ranking):
    for actor in ranking.actors[Hypothesis.CLIENT][:20]:
        found = desk.show(actor.key)
        ranks = [[-item.grades[grade] for grade in Grade] for item in found.items]
        assert ranks == sorted(ranks)
        assert sum(item.sure for item in found.items) == actor.contents.low
        if actor.networks == (Network.EDONKEY,):
            assert all(item.grades[Grade.A] > 0 for item in found.items if item.sure)


def test_an_actor_that_is_not_in_the_last_ranking_is_said_so(desk, ranking):
    with pytest.raises(UsageError, match="The last ranking has no actor c:aaaaaaaaaaaa"):
        desk.show("c:aaaaaaaaaaaa")
    with pytest.raises(UsageError, match="take one from a ranking"):
        desk.show("nobody")
