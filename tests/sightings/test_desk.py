from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sightings import practice

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.sightings.desk import Desk
from tidebreak.sightings.ranking.rank import Options
from tidebreak.sightings.records import Hypothesis

ADDRESS = r"240\.\d+\.\d+\.\d+"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tidebreak]:
    folder = tmp_path_factory.mktemp("desk")
    with Tidebreak.create(folder / "home", folder / "key") as made:
        practice.fill(made, practice.write(folder, 8_000, seed=2))
        yield made


@pytest.fixture
def desk(opened: Tidebreak) -> Desk:
    return opened.sightings


def events(opened: Tidebreak, action: str) -> list[tuple[str, dict]]:
    return [(e.object, dict(e.detail)) for e in opened.audit.events() if e.action == action]


def test_a_ranking_is_kept_and_audited(opened, desk):
    made = desk.rank(Options(top=7))
    assert desk.last().actors == made.actors
    assert len(made.actors[Hypothesis.CLIENT]) == 7
    assert made.list_version
    assert events(opened, "sightings.rank")[-1][1] == {"actors": 14}


def test_looking_at_somebody_is_audited_before_it_happens(opened, desk):
    key = desk.rank().actors[Hypothesis.CLIENT][0].key
    desk.show(key)
    assert events(opened, "sightings.show.begin")[-1][0] == key
    with pytest.raises(UsageError):
        desk.show("c:aaaaaaaaaaaa")
    assert events(opened, "sightings.show.failed")[-1][0] == "c:aaaaaaaaaaaa"


def test_what_is_shown_and_exported_is_what_was_ranked_with_its_options(desk, tmp_path):
    first = desk.sources()[0].number
    made = desk.rank(Options(sources=(first,), weak=True, top=5))
    for actors in made.actors.values():
        found = desk.show(actors[0].key)
        assert [source.number for source in found.sources] == [first]
        assert len(found.items) <= actors[0].contents.high
        assert sum(item.sure for item in found.items) >= actors[0].contents.low
    assert desk.export(tmp_path / "a.csv") == 10


def test_addresses_are_exported_only_on_request_and_audited(opened, desk, tmp_path):
    made = desk.rank(Options(top=20))
    desk.export(tmp_path / "without.csv")
    desk.export(tmp_path / "with.csv", addresses=True)
    with (tmp_path / "with.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert not re.search(ADDRESS, (tmp_path / "without.csv").read_text())
    for row in rows:
        said = ", ".join(f"{k.lower()} {v}" for k, v in desk.show(row["key"]).identity)
        assert row["identity"].removeprefix("'") == said
    assert sum(row["identity"].startswith("address 240.") for row in rows) == 20
    assert len(rows) == sum(len(actors) for actors in made.actors.values())
    told = [detail for _, detail in events(opened, "sightings.export.begin")]
    assert [detail["addresses"] for detail in told[-2:]] == [False, True]


def test_pages_are_written_that_of_an_actor_is_audited(opened, desk, tmp_path):
    made = desk.rank(Options(top=3))
    page = desk.report(made, tmp_path / "report")
    assert page.name == "ranking.html"
    assert not re.search(ADDRESS, page.read_text())
    key = made.actors[Hypothesis.ENDPOINT][0].key
    page = desk.report_actor(desk.show(key), tmp_path / "report")
    assert page.name == f"actor-e-{key[2:]}.html"
    assert re.search(ADDRESS, page.read_text())
    assert events(opened, "sightings.report")[-1][0] == key


def test_excluded_machines_leave_the_ranking_and_are_counted(opened, desk, tmp_path: Path):
    before = desk.rank(Options(top=3))
    key = before.actors[Hypothesis.ENDPOINT][0].key
    address = dict(desk.show(key).identity)["Address"]
    (tmp_path / "ours.txt").write_text(f"{address}  # our own machine\n")
    assert desk.exclude(tmp_path / "ours.txt", "our own machine").lines == (address,)
    after = desk.rank(Options(top=300))
    assert key not in {actor.key for actor in after.actors[Hypothesis.ENDPOINT]}
    assert sum(after.excluded.values()) > sum(before.excluded.values())


def test_after_a_change_of_lists_or_exclusions_it_is_said(opened, desk, tmp_path: Path):
    key = desk.rank(Options(top=3)).actors[Hypothesis.CLIENT][0].key
    assert desk.show(key).stale == ""
    (tmp_path / "more.txt").write_text("198.51.100.7\n")
    desk.exclude(tmp_path / "more.txt", "a monitor")
    machines = "The machines that are never ranked have changed since this was ranked; rank again."
    assert desk.show(key).stale == machines
    with pytest.raises(UsageError, match=machines):
        desk.export(tmp_path / "with.csv", addresses=True)
    assert not (tmp_path / "with.csv").exists()
    assert desk.export(tmp_path / "without.csv") == 6
    desk.rank(Options(top=3))
    assert desk.show(key).stale == ""
    opened.catalogue.dispute("Known", _entry(desk, key), "a doubt")
    assert desk.show(key).stale == "The lists have changed since this was ranked; rank again."
    assert desk.export(tmp_path / "lists.csv", addresses=True) == 6


def _entry(desk: Desk, key: str) -> str:
    return desk.show(key).items[0].entries[0].removeprefix("Known: ")


def test_nothing_of_an_installation_without_sightings(installation: Tidebreak):
    desk = installation.sightings
    assert desk.sources() == ()
    with pytest.raises(UsageError, match="There are no sightings yet; import a log"):
        desk.rank()
    with pytest.raises(UsageError, match="Nothing has been ranked yet"):
        desk.last()
