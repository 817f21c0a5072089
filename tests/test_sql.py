from __future__ import annotations

import inspect

from tidebreak.sql import Sql
from tidebreak.sqlite import SqliteFile


def test_a_sqlite_file_has_all_that_a_store_needs():
    for name, asked in inspect.getmembers(Sql, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = inspect.signature(getattr(SqliteFile, name))
        assert list(given.parameters) == list(inspect.signature(asked).parameters), name
