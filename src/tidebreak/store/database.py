"""The store of the lists: it belongs to one key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tidebreak.errors import NotInstalled
from tidebreak.sql import Kind, Sql, steps_in
from tidebreak.sqlite import SqliteFile
from tidebreak.store.keys import Keys

_PAGE = 16384
_CACHE_KIB = 131_072
_JOURNAL_BYTES = 64 << 20

KIND = Kind(
    "store",
    steps_in("tidebreak.store", "migrations/lists"),
    (
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        f"cache_size = -{_CACHE_KIB}",
        f"journal_size_limit = {_JOURNAL_BYTES}",
        "temp_store = MEMORY",
    ),
    first=(f"page_size = {_PAGE}",),
)


class Database:
    """The store, as `Sql` says, and the numbers that it keeps by name."""

    def __init__(self, sql: Sql, keys: Keys) -> None:
        """``sql`` is an open store of this `KIND`; a new one belongs to ``keys`` from now on.

        Raises `NotInstalled` when it belongs to others; then it is closed.
        """
        self._sql = sql
        try:
            self._check(keys)
        except BaseException:
            sql.close()
            raise

    @classmethod
    def create(cls, path: Path, keys: Keys) -> Database:
        """Make a new store in the file at ``path``, or open the one that is there."""
        return cls(SqliteFile(path, KIND), keys)

    @classmethod
    def open(cls, path: Path, keys: Keys) -> Database:
        """Open the store in the file at ``path``.

        Raises `NotInstalled` when there is none or ``keys`` are not its keys, `Damaged` when it
        is not a store.
        """
        if not path.exists():
            raise NotInstalled(f"There is no store at {path}; run: tidebreak init")
        return cls.create(path, keys)

    def close(self) -> None:
        """Close the store."""
        self._sql.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._sql.rows(sql, values)

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        return self._sql.row(sql, values)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one, in bounded memory."""
        return self._sql.stream(sql, values)

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return how many rows it changed."""
        return self._sql.change(sql, values)

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out one statement per row inside `writing`."""
        self._sql.change_many(sql, rows)

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the store may have changed."""
        return self._sql.version()

    def writing(self) -> AbstractContextManager[None]:
        """Everything inside happens together or not at all."""
        return self._sql.writing()

    def reading(self) -> AbstractContextManager[None]:
        """All queries inside see one state of the store."""
        return self._sql.reading()

    def tidy(self) -> None:
        """Free what the last changes left behind."""
        self._sql.tidy()

    def meta(self, name: str) -> int | None:
        """Return the number kept under ``name``, None when there is none."""
        found = self.row("SELECT value FROM meta WHERE name = ?", (name,))
        return found[0] if found else None

    def set_meta(self, name: str, value: int) -> None:
        """Keep ``value`` under ``name``, inside `writing`."""
        self.change(
            "INSERT INTO meta (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def _check(self, keys: Keys) -> None:
        known = self.row("SELECT value FROM key_check")
        if known is None:
            with self.writing():
                known = self.row("SELECT value FROM key_check")  # another may have been faster
                if known is None:
                    self.change("INSERT INTO key_check (value) VALUES (?)", (keys.check,))
                    return
        if known[0] != keys.check:
            raise NotInstalled(
                "The key does not belong to this store of lists; name the key file that it was"
                " made with."
            )
