from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.postgres import PostgresSchema
from tidebreak.sql import Sql, some
from tidebreak.sqlite import SqliteFile
from tidebreak.store.database import Database


@pytest.mark.parametrize("kind", [SqliteFile, PostgresSchema, Database])
def test_each_back_end_has_all_that_a_store_needs(kind: type):
    for name, asked in inspect.getmembers(Sql, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = inspect.signature(getattr(kind, name))
        assert list(given.parameters) == list(inspect.signature(asked).parameters), name


@given(st.lists(st.integers(), max_size=40) | st.integers(0, 20_000).map(range))
def test_some_values_are_all_of_them_in_few_forms(values):
    seen: list[int] = []
    for places, batch in some(values):
        count = places.count("?")
        assert places == ", ".join("?" * count)
        assert len(batch) == count <= 8192
        assert count & (count - 1) == 0
        seen += batch
    assert set(seen) == set(values)
