"""One SQLite file: opened safely, brought forward by numbered steps, with errors in plain words.

Readers never wait for the writer (WAL), and there is one writer at a time. A transaction that is
killed at any instruction leaves what was there before; nothing needs cleaning up.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.sql import WAIT_SECONDS, Kind, steps_in

_PRAGMAS = ("trusted_schema = OFF", "journal_mode = WAL")

_KEPT = """
CREATE TRIGGER IF NOT EXISTS {table}_kept BEFORE DELETE ON {table}
BEGIN SELECT raise(ABORT, 'rows of {table} are never deleted'); END;
CREATE TRIGGER IF NOT EXISTS {table}_fixed BEFORE UPDATE ON {table}
BEGIN SELECT raise(ABORT, 'rows of {table} are never changed'); END;
"""


class SqliteFile:
    """An open file, as `tidebreak.sql.Sql` says. Values go in and out as SQLite's own types."""

    def __init__(self, path: Path, kind: Kind) -> None:
        """Open the file at ``path``, or make it.

        Raises `Damaged` when it is another kind of file, `NotInstalled` when it is newer than
        this programme, `TidebreakError` when it cannot be opened or written.
        """
        self.path, self._kind = path, kind
        self._turn, self._owner = threading.RLock(), 0
        self._aside_turn = threading.Lock()
        self._aside: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        except OSError as error:
            raise self._not_allowed(str(error.strerror)) from None
        with self._plain_errors():
            self._connection = self._connected()
        try:
            with self._plain_errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._connection.close()
        if self._aside is not None:
            self._aside.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._plain_errors(), self._reader() as connection:
            return connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        with self._plain_errors(), self._reader() as connection:
            return connection.execute(sql, values).fetchone()

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one, in bounded memory, of one state of the file."""
        inside = self._owner == threading.get_ident()
        with self._plain_errors():
            # Of its own, or else an unfinished stream would show others an old state.
            chosen = nullcontext(self._connection) if inside else closing(self._another())
            with chosen as connection:
                for row in connection.execute(sql, values):  # noqa: UP028
                    yield row  # "yield from" would close the cursor, perhaps after the file

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return how many rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out one statement per row inside `writing`."""
        self._connection.executemany(sql, rows)

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the file may have changed."""
        # Of one connection always: those of two cannot be compared. This one never writes.
        with self._plain_errors(), self._beside() as connection:
            row = connection.execute("PRAGMA data_version").fetchone()
        return row[0], self._connection.total_changes

    @contextmanager
    def writing(self) -> Generator[None]:
        """Everything inside happens together or not at all.

        Raises `Busy` when another process is writing, `TidebreakError` when the disk is full.
        """
        with self._transaction("BEGIN IMMEDIATE"):
            yield
            self._connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Generator[None]:
        """All queries inside see one state of the file."""
        with self._transaction("BEGIN"):
            yield

    def copy_to(self, path: Path) -> None:
        """Copy the file as it is now to ``path``, whoever is writing."""
        with (
            self._plain_errors(),
            closing(self._another()) as source,
            closing(sqlite3.connect(path)) as copy,
        ):
            source.backup(copy)

    def tidy(self) -> None:
        """Bring what was written into the file itself; free the journal's space and the cache.

        Others may be reading: then the journal is left to the next one.
        """
        wait = int(WAIT_SECONDS * 1000)
        with self._turn, self._plain_errors():
            self._connection.execute("PRAGMA busy_timeout = 0")
            with suppress(sqlite3.OperationalError):  # what is in the journal is safe there, too
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.execute(f"PRAGMA busy_timeout = {wait}")
            self._connection.execute("PRAGMA shrink_memory")

    @contextmanager
    def _transaction(self, begin: str) -> Generator[None]:
        with self._turn, self._plain_errors():
            self._connection.execute(begin)
            self._owner = threading.get_ident()
            try:
                yield
            finally:
                self._owner = 0
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _reader(self) -> Generator[sqlite3.Connection]:
        """Give the connection, or where another thread is in a transaction the one beside it."""
        if self._turn.acquire(blocking=False):
            try:
                yield self._connection
            finally:
                self._turn.release()
        else:
            with self._beside() as connection:
                yield connection

    @contextmanager
    def _beside(self) -> Generator[sqlite3.Connection]:
        with self._aside_turn:
            if self._aside is None:
                self._aside = self._another()
            yield self._aside

    def _another(self) -> sqlite3.Connection:
        """Return a connection that only reads."""
        made = self._connected()
        made.execute("PRAGMA query_only = ON")
        return made

    def _connected(self) -> sqlite3.Connection:
        made = sqlite3.connect(
            self.path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        if self._kind.lenient:
            made.text_factory = _lenient
        return made

    def _prepare(self) -> None:
        for pragma in (*self._kind.first, *_PRAGMAS, *self._kind.pragmas):
            self._connection.execute(f"PRAGMA {pragma}")
        kept = [_KEPT.format(table=table) for table in self._kind.kept]
        steps = self._kind.steps
        if self._kind.as_it_is or self._done() == len(steps):
            return
        with self.writing():
            done = self._done()  # again: another process may have been faster
            if done > len(steps):
                raise NotInstalled(f"{self.path} was written by a newer Tidebreak; install that.")
            for script in (*steps[done:], *kept):
                for statement in _statements(script):
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {len(steps)}")

    def _done(self) -> int:
        return self.rows("PRAGMA user_version")[0][0]

    @contextmanager
    def _plain_errors(self) -> Generator[None]:
        """Turn SQLite's errors into ours. What a caller did wrong stays as it is."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            raise self._plain(error) from None
        except UnicodeDecodeError:  # a damaged name in what SQLite says
            raise self._damaged("text that is none") from None
        except UnicodeEncodeError:
            raise UsageError(
                "What is to be stored must be UTF-8 text; correct what you gave."
            ) from None

    def _plain(self, error: sqlite3.DatabaseError) -> TidebreakError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy(f"Another process is writing to {self.path}; try again later.")
        if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            return TidebreakError(
                f"The disk with {self.path} is full or failing; nothing was changed: make room"
                " there and try again."
            )
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return self._not_allowed(str(error))
        # The rest are statements that work in every intact file.
        return self._damaged(str(error))

    def _damaged(self, why: str) -> Damaged:
        what = f"{self.path} is not an intact {self._kind.name} ({why})"
        return Damaged(f"{what}; restore it from a backup.")

    def _not_allowed(self, why: str) -> TidebreakError:
        return TidebreakError(
            f"{self.path} cannot be opened or written ({why}); correct the permissions of it and"
            " its folder."
        )


def _lenient(text: bytes) -> str:
    return text.decode("utf-8", "replace")


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


__all__ = ["WAIT_SECONDS", "Kind", "SqliteFile", "steps_in"]
