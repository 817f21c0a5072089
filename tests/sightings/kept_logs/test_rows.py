from __future__ import annotations

import sys
from datetime import UTC, datetime

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.sightings.kept_logs import rows
from tidebreak.sightings.kept_logs.rows import COLUMNS, RowWriter, read_rows


def some(times: list[int]) -> dict[str, np.ndarray]:
    made = {name: np.arange(len(times)) % 250 for name in COLUMNS if name != "source"}
    return {name: v.astype(COLUMNS[name]) for name, v in {**made, "time": np.array(times)}.items()}


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)
@given(
    st.lists(st.lists(st.integers(1_700_000_000, 1_720_000_000), max_size=9), max_size=5),
    st.integers(1_700_000_000, 1_720_000_000), st.integers(1_700_000_000, 1_720_000_000),
)  # fmt: skip
def test_rows_come_back_and_within_any_time(tmp_path_factory, batches, since, until):
    folder = tmp_path_factory.mktemp("rows")
    writer = RowWriter(folder, 3, held=6)
    for times in batches:
        writer.add(some(times))
    writer.finish()
    every = sorted(time for times in batches for time in times)
    assert writer.count == len(every)
    if every:
        assert (writer.first, writer.last) == (every[0], every[-1])
    paths = sorted(folder.glob("*.parquet"))
    found = [b["time"] for b in read_rows(paths, ["time"], None, None)]
    assert sorted(np.concatenate([np.zeros(0, int), *found]).tolist()) == every
    part = [b["content"] for b in read_rows(paths, ["content"], since, until)]
    assert sum(map(len, part)) == sum(since <= time < until for time in every)


def test_each_file_holds_one_month_in_order_of_time(tmp_path):
    at = lambda *day: int(datetime(*day, tzinfo=UTC).timestamp())  # noqa: E731
    writer = RowWriter(tmp_path, 7)
    writer.add(some([at(2026, 2, 1), at(2026, 1, 31, 23, 59, 59), at(2026, 1, 1), at(2024, 2, 29)]))
    writer.finish()
    names = ["2024-02-0001.parquet", "2026-01-0001.parquet", "2026-02-0001.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    january = next(read_rows([tmp_path / names[1]], ["time", "content", "source"], None, None))
    assert january["time"].tolist() == [at(2026, 1, 1), at(2026, 1, 31, 23, 59, 59)]
    assert january["content"].tolist() == [2, 1]
    assert set(january["source"]) == {7}


def test_any_other_programme_reads_the_same_with_nothing_null(tmp_path):
    writer = RowWriter(tmp_path, 1)
    writer.add(some([1_700_000_000] * 300))
    writer.finish()
    with duckdb.connect() as db:
        found = db.execute(f"DESCRIBE SELECT * FROM '{tmp_path}/*.parquet'").fetchall()
        (count,) = db.execute(f"SELECT sum(port) FROM '{tmp_path}/*.parquet'").fetchone()
    kinds = {"UTINYINT": np.uint8, "USMALLINT": np.uint16, "UINTEGER": np.uint32}
    assert {name: kinds[kind] for name, kind, *_ in found} == COLUMNS
    assert count == sum(i % 250 for i in range(300))


def test_a_column_that_is_not_there_and_values_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no column"):
        list(read_rows([], ["who"], None, None))
    with pytest.raises(TypeError):
        RowWriter(tmp_path, 1).add({**some([1]), "time": np.array([1.5])})


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TidebreakError, match=r"tidebreak\[sightings\]"):
        rows.RowWriter(tmp_path, 1)
