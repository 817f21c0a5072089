"""Stores out of either back end into SQLite files, and from there into either."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tidebreak.sql import Kind, Sql
from tidebreak.sqlite import SqliteFile
from tidebreak.store.stores import Stores

_AS_IT_IS = Kind("store", (), as_it_is=True, lenient=True)
_PAGE = ("page_size = 16384",)
_LAST = ("lists", "audit")
"""Copied after all others: then whatever these speak of is in the copy, and in the log."""

_TABLES = """
SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid
"""
_SCHEMA = """
SELECT sql FROM sqlite_master
WHERE sql IS NOT NULL AND type != 'trigger' AND name NOT LIKE 'sqlite_%' ORDER BY rowid
"""
_KEPT = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_kept'"


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with its columns; ``number`` is the one that gives new rows their numbers."""

    name: str
    columns: Sequence[str]
    number: str = ""

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"

    @property
    def insert(self) -> str:
        places = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({places})"


def in_order(names: Sequence[str]) -> list[str]:
    """Return the names of stores in the order in which to copy them."""
    return [*sorted(set(names) - set(_LAST)), *(name for name in _LAST if name in names)]


def copy_out(stores: Stores, name: str, path: Path) -> int:
    """Copy the store called ``name`` into a new SQLite file; return its number of steps.

    It may be written meanwhile: the copy is of one state.
    """
    with closing(stores.existing(name, _AS_IT_IS)) as source:
        if isinstance(source, SqliteFile):
            source.copy_to(path)
            return _steps(path)
        with source.reading():
            row = source.row("SELECT steps, script, kept FROM tidebreak_store")
            steps, script, kept = row or (0, "", "")
            kind = Kind("store", [script], first=_PAGE, kept=kept.split())
            with closing(SqliteFile(path, kind)) as target:
                _copy_rows(source, target, _tables(target))
                target.row(f"PRAGMA user_version = {int(steps)}")
                target.tidy()
    return steps


def copy_into_schema(path: Path, database: str, schema: str) -> None:
    """Copy the SQLite file at ``path`` into a new schema of a PostgreSQL database."""
    from tidebreak.postgres import PostgresSchema

    with closing(SqliteFile(path, _AS_IT_IS)) as source:
        script = "".join(f"{sql};\n" for (sql,) in source.rows(_SCHEMA))
        kept = [table for (table,) in source.rows(_KEPT)]
        tables = _tables(source)
        kind = Kind("store", [script], kept=kept)
        with closing(PostgresSchema(database, "", kind, schema)) as to:
            _copy_rows(source, to, tables)
            with to.writing():
                for table in tables:
                    _number_on(to, table)
                to.change("UPDATE tidebreak_store SET steps = ?", (_steps(path),))


def _copy_rows(source: Sql, target: Sql, tables: Sequence[_Table]) -> None:
    with target.writing():
        for table in tables:
            target.change_many(table.insert, source.stream(table.select))


def _number_on(target: Sql, table: _Table) -> None:
    """Let new rows be numbered after those that were copied."""
    if table.number:
        target.row(
            "SELECT setval(pg_get_serial_sequence(?, ?),"
            f" (SELECT coalesce(max({table.number}), 0) + 1 FROM {table.name}), false)",
            (table.name, table.number),
        )


def _steps(path: Path) -> int:
    with closing(SqliteFile(path, _AS_IT_IS)) as file:
        row = file.row("PRAGMA user_version")
    return row[0] if row else 0


def _tables(file: SqliteFile) -> list[_Table]:
    """Return the tables in the order in which they were made: each after those it refers to."""
    return [_table(file, name) for (name,) in file.rows(_TABLES)]


def _table(file: SqliteFile, name: str) -> _Table:
    columns = file.rows(f"PRAGMA table_info({name})")
    keys = [(column, kind) for _, column, kind, _, _, key in columns if key]
    number = keys[0][0] if len(keys) == 1 and keys[0][1] == "INTEGER" else ""
    return _Table(name, [column[1] for column in columns], number)
