"""The relational store: one SQLite file, opened safely, brought forward by numbered migrations.

Readers never wait for the writer (WAL), and there is one writer at a time. A transaction that is
killed at any instruction leaves what was there before; nothing needs cleaning up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.store.keys import Keys

Value = int | str | bytes | None

_PAGE = 16384
_CACHE_KIB = 131_072
_JOURNAL_BYTES = 64 << 20
_WAIT_SECONDS = 5.0


class Database:
    """A connection to the store. Values go in and out as SQLite's own types.

    May be used from several threads, one statement at a time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, path: Path, keys: Keys) -> Database:
        """Make a new store at ``path`` that belongs to ``keys``, or open the one that is there."""
        with plain_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        return cls._open(path, keys)

    @classmethod
    def open(cls, path: Path, keys: Keys) -> Database:
        """Open the store at ``path``.

        Raises `NotInstalled` when there is none or ``keys`` are not its keys, `Damaged` when it
        is not a store.
        """
        if not path.exists():
            raise NotInstalled(f"There is no store at {path}; run: tidebreak init")
        return cls._open(path, keys)

    @classmethod
    def _open(cls, path: Path, keys: Keys) -> Database:
        with plain_errors(path):
            connection = sqlite3.connect(
                path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
        database = cls(path, connection)
        try:
            with plain_errors(path):
                database._prepare()
                database._check(keys)
        except sqlite3.DatabaseError as error:  # statements that work on every intact store
            connection.close()
            raise Damaged(
                f"{path} is not an intact store ({error}); restore it from a backup."
            ) from None
        except BaseException:
            connection.close()
            raise
        return database

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with plain_errors(self.path):
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        with plain_errors(self.path):
            return self._connection.execute(sql, values).fetchone()

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one, in bounded memory."""
        with plain_errors(self.path):
            yield from self._connection.execute(sql, values)

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return the id of the row it inserted."""
        return self._connection.execute(sql, values).lastrowid or 0

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out one statement per row inside `writing`."""
        self._connection.executemany(sql, rows)

    def meta(self, name: str) -> Any:
        """Return the value kept under ``name``, None when there is none."""
        found = self.row("SELECT value FROM meta WHERE name = ?", (name,))
        return found[0] if found else None

    def set_meta(self, name: str, value: Value) -> None:
        """Keep ``value`` under ``name``, inside `writing`."""
        self.change(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the store may have changed."""
        row = self.row("PRAGMA data_version")
        return (row[0] if row else 0, self._connection.total_changes)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Everything inside happens together or not at all.

        Raises `Busy` when another process is writing, `TidebreakError` when the disk is full.
        """
        with plain_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Generator[None]:
        """All queries inside see one state of the store."""
        with plain_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def tidy(self) -> None:
        """Bring what was written into the file itself; free the journal's space and the cache.

        Others may be reading: then the journal is left to the next one.
        """
        with suppress(sqlite3.OperationalError):  # what is in the journal is safe there, too
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._connection.execute("PRAGMA shrink_memory")

    def _prepare(self) -> None:
        for pragma in (
            "trusted_schema = OFF",
            f"page_size = {_PAGE}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            f"cache_size = -{_CACHE_KIB}",
            f"journal_size_limit = {_JOURNAL_BYTES}",
            "temp_store = MEMORY",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        self._migrate()

    def _migrate(self) -> None:
        scripts = _migrations()
        if self._user_version() == len(scripts):
            return
        with self.writing():
            done = self._user_version()  # again: another process may have been faster
            if done > len(scripts):
                raise NotInstalled(f"{self.path} was written by a newer Tidebreak; install that.")
            for script in scripts[done:]:
                for statement in _statements(script):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(scripts)}")

    def _user_version(self) -> int:
        return self.rows("PRAGMA user_version")[0][0]

    def _check(self, keys: Keys) -> None:
        known = self.meta("key_check")
        if known is None:
            with self.writing():
                self.set_meta("key_check", keys.check)
        elif known != keys.check:
            raise NotInstalled(
                f"The key does not belong to the store {self.path}; name the key file it was"
                " made with."
            )


def _migrations() -> list[str]:
    folder = resources.files("tidebreak.store") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def _statements(script: str) -> Generator[str]:
    # executescript() would commit; one statement at a time stays inside the transaction.
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


@contextmanager
def plain_errors(path: Path) -> Generator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Busy(f"Another process is writing to {path}; try again later.") from None
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise TidebreakError(
                f"The disk with {path} is full or failing; nothing was changed: make room there"
                " and try again."
            ) from None
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise Damaged(f"{path} is not an intact store; restore it from a backup.") from None
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            raise _not_allowed(path, str(error)) from None
        raise
    except UnicodeDecodeError:  # a damaged name in what SQLite says
        raise Damaged(f"{path} is not an intact store; restore it from a backup.") from None
    except UnicodeEncodeError:
        raise UsageError(
            "What is to be stored must be UTF-8 text; correct what you gave."
        ) from None
    except PermissionError as error:
        raise _not_allowed(path, str(error.strerror)) from None


def _not_allowed(path: Path, why: str) -> TidebreakError:
    return TidebreakError(
        f"{path} cannot be opened or written ({why}); correct the permissions of it and its folder."
    )
