from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.sightings.made import portrait, ranking

from tidebreak.errors import UsageError
from tidebreak.sightings.pages.export import COLUMNS, as_lines, export, portrait_record
from tidebreak.sightings.records import Hypothesis


def test_json_has_one_object_per_actor_hypothesis_with_every_range():
    made = ranking(3)
    records = [json.loads(line) for line in as_lines(made)]
    assert [(r["hypothesis"], r["place"]) for r in records] == [
        (hypothesis.value, place) for hypothesis in Hypothesis for place in (1, 2, 3)
    ]
    actor, record = made.actors[Hypothesis.CLIENT][0], records[0]
    assert record["key"] == actor.key
    for name in ("contents", "days", "sole", "rarity", "marginal", "addresses", "clients"):
        found = getattr(actor, name)
        assert record[name] == {"low": pytest.approx(found.low), "high": pytest.approx(found.high)}
    assert sum(record["grades"].values()) == sum(actor.grades.values())
    assert list(record["severity"]) == list(actor.severity)


def test_csv_and_parquet_say_the_same(tmp_path: Path):
    made = ranking(5)
    assert export(made, tmp_path / "a.csv") == export(made, tmp_path / "a.parquet") == 10
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert tuple(rows[0]) == tuple(table[0]) == COLUMNS
    for row, other in zip(rows, table, strict=True):
        for name, value in other.items():
            assert row[name] == value or float(row[name]) == value
    assert (tmp_path / "a.csv").stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


def test_who_is_behind_an_actor_is_in_it_only_when_it_was_passed(tmp_path: Path):
    made = ranking(2)
    keys = [actor.key for actors in made.actors.values() for actor in actors]
    export(made, tmp_path / "with.csv", {keys[0]: "=1+1", keys[1]: "240.0.0.1\u202e"})
    with (tmp_path / "with.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["identity"] for row in rows] == ["'=1+1", "240.0.0.1\\u202e", "", ""]


def test_nothing_is_overwritten_and_other_endings_are_refused(tmp_path: Path):
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(UsageError, match="exists and is not overwritten; name another"):
        export(ranking(1), tmp_path / "mine.csv")
    (tmp_path / "dangling.csv").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists and is not overwritten"):
        export(ranking(1), tmp_path / "dangling.csv")
    with pytest.raises(UsageError, match=r"end in \.csv or \.parquet"):
        export(ranking(1), tmp_path / "a.txt")
    with pytest.raises(UsageError, match=r"cannot be written to .*No such file"):
        export(ranking(1), tmp_path / "no" / "a.csv")
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_an_empty_ranking_is_a_table_without_rows(tmp_path: Path):
    assert export(ranking(0), tmp_path / "a.parquet") == 0
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0


def test_a_portrait_has_its_actor_its_lines_and_no_identifier():
    made = ranking(2)
    shown = portrait(made, 7)
    record = json.loads(json.dumps(portrait_record(shown)))
    assert record["key"] == made.actors[Hypothesis.CLIENT][0].key
    assert record["identity"]["Its network"] == "eDonkey"
    assert sum(slot["B"] for slot in record["timeline"]) == sum(7 + n % 11 for n in range(60))
    assert record["timeline"][1]["from"] == "2026-01-02T00:00Z"
    assert record["by_network"]["gnutella"] == {"A": 0, "B": 3, "C": 0}
    assert len(record["seen_with"]) == 60
    assert [item["entries"] for item in record["contents"]][:1] == [["National list: item-0"]]
    assert record["logs"] == [1, 2]
    assert record["stale"] == ""
    assert portrait_record(replace(shown, stale="Changed."))["stale"] == "Changed."
