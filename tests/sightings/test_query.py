from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.sightings import practice

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.sightings.desk import Desk
from tidebreak.sightings.records import Hypothesis


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("query")
    with Tidebreak.create(folder / "home", folder / "key") as made:
        yield practice.fill(made, practice.write(folder, 4_000, seed=3))


def one(desk: Desk, sql: str) -> tuple:
    (row,) = desk.query(sql).rows
    return row


def test_sql_counts_what_the_ranking_counts(desk):
    totals = desk.rank().totals
    assert one(desk, "SELECT count(*) FROM sightings") == (totals["sightings"].low,)
    known = "FROM sightings JOIN contents ON content = code WHERE known"
    assert one(desk, f"SELECT count(*) {known}") == (totals["sightings of known contents"].low,)
    assert one(desk, f"SELECT count(DISTINCT file) {known}") == (
        totals["known contents seen"].high,
    )
    met = f"{known} AND grade IN ('A', 'B') AND event NOT IN ('requested', 'stopped')"
    # Those who met others hold more, nobody else comes in.
    assert one(desk, f"SELECT count(DISTINCT client) {met} AND client > 0") == (
        totals[f"actors by {Hypothesis.CLIENT}"].high,
    )


def test_rows_are_in_words_and_times_of_utc(desk):
    answer = desk.query("SELECT * FROM sightings ORDER BY time", 1)
    row = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert isinstance(row["time"], datetime)
    assert row["day"] == row["time"].date()
    assert isinstance(row["day"], date)
    assert row["grade"] in "ABC"
    assert row["time"] == one(desk, "SELECT min(first) FROM sources")[0]
    found = desk.query("SELECT DISTINCT network FROM sightings").rows
    assert {name for (name,) in found} <= {"edonkey", "bittorrent", "gnutella", "direct_connect"}


def test_contents_are_named_by_entries_alone(desk):
    row = one(
        desk, "SELECT entries, classes, level FROM contents WHERE known AND type='btih' LIMIT 1"
    )
    assert row[0][0].startswith("Known: item-")
    assert row[1][0].startswith("Unit: demo")
    assert row[2] == "exact"
    assert one(desk, "SELECT count(*) FROM contents WHERE known = (level IS NULL)") == (0,)
    assert one(desk, "SELECT count(*) FROM contents WHERE known = (entries = [])") == (0,)


def test_logs_say_whose_they_are(desk):
    found = desk.query("SELECT name, holder, authority, kept FROM sources ORDER BY number")
    assert found.rows[0][:3] == ("client.csv", "Unit 4", "warrant 17/2026")
    assert sum(row[3] for row in found.rows) == one(desk, "SELECT count(*) FROM sightings")[0]


def test_no_more_rows_come_than_were_asked_for_and_that_is_said(desk):
    assert desk.query("FROM sightings", 5).more
    assert len(desk.query("FROM sightings", 5).rows) == 5
    assert not desk.query("FROM sources", 2).more


@pytest.mark.parametrize("sql", [
    "SELECT * FROM read_text('{path}')",
    "SELECT * FROM read_csv('{path}')",
    "SELECT * FROM glob('{path}*')",
    "SELECT * FROM '{path}'",
    "COPY sources TO '{path}2'",
    "COPY sources TO '{rows}' (FORMAT parquet, USE_TMP_FILE false)",
    "ATTACH '{path}2'",
    "SET enable_external_access = true",
    "INSTALL httpfs",
    "SELECT 1; SELECT 2",
    "CREATE TABLE t AS SELECT 1",
    "DROP TABLE contents",
    "SELECT * FROM known",
    "",
    "SELEC 1",
])  # fmt: skip
def test_nothing_else_can_be_read_written_or_changed(desk, tmp_path: Path, sql: str):
    (tmp_path / "a.csv").write_text("secret\n")
    rows = desk.sightings.paths()[0]
    with pytest.raises(UsageError, match=r"DuckDB does not answer|Ask one question"):
        desk.query(sql.format(path=tmp_path / "a.csv", rows=rows))
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert desk.sightings.verify() > 0


def test_questions_are_audited_before_they_are_answered_without_identifiers(desk):
    with pytest.raises(UsageError) as caught:
        desk.query(f"SELECT x{'1a' * 20} FROM sources WHERE name = '{'1a' * 20}'")
    asked = [e for e in desk.opened.audit.events() if e.action.startswith("sightings.query")]
    assert [e.action for e in asked[-2:]] == ["sightings.query.begin", "sightings.query.failed"]
    assert "name = '…'" in asked[-2].detail["sql"]
    assert f"'{'1a' * 20}'" not in str(caught.value)


def test_without_sightings_the_way_is_said(installation):
    with pytest.raises(UsageError, match="There are no sightings yet"):
        installation.sightings.query("SELECT 1")
