"""One store as a schema of a PostgreSQL database: what `tidebreak.sqlite` is for one machine.

Several replicas may share it. Writers wait for one another (an advisory lock per schema), readers
for nobody. A transaction whose process is killed never happened. When the server restarts, reads
are tried once more on a new connection; a transaction under way fails, and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, LiteralString, TypeVar, cast

from tidebreak import sql as portable
from tidebreak.dialect import copy_of, script, statement
from tidebreak.errors import NotInstalled, TidebreakError
from tidebreak.postgres_connecting import (
    Connection,
    Link,
    connected,
    plain_errors,
    psycopg,
)
from tidebreak.sql import Kind

_T = TypeVar("_T")
_Cursor = psycopg.Cursor[tuple[Any, ...]]

_AT_A_TIME = 1000
"""Rows that a stream fetches at a time."""

# What a copy of the store is made of stands beside it: its steps as they are written, and what is
# kept (`tidebreak.backups`).
_MAKE = """
CREATE TABLE tidebreak_store (
    steps BIGINT NOT NULL, version BIGINT NOT NULL, script TEXT NOT NULL, kept TEXT NOT NULL
);
INSERT INTO tidebreak_store (steps, version, script, kept) VALUES (0, 0, '', '');
"""
_KEPT = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME; END $$;
CREATE OR REPLACE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def schema_of(name: str) -> str:
    """Return the schema in which the store called ``name`` is."""
    return f"tidebreak_{name}"


def schemas(address: str) -> list[str]:
    """Return the names of the stores in the database at ``address``."""
    sql = (
        "SELECT nspname FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace"
        " WHERE relname = 'tidebreak_store' AND starts_with(nspname, %s) ORDER BY nspname"
    )
    prefix = schema_of("")
    with plain_errors("database"), connected(address, "public") as connection:
        rows = connection.execute(sql, (prefix,)).fetchall()
    return [name.removeprefix(prefix) for (name,) in rows]


def has_schema(address: str, name: str) -> bool:
    """Whether the database at ``address`` has a store called ``name``."""
    with plain_errors(f"store of {name}"), connected(address, schema_of(name)) as connection:
        row = connection.execute("SELECT to_regclass('tidebreak_store') IS NOT NULL").fetchone()
    return row is not None and row[0]


class PostgresSchema:
    """An open store, as `tidebreak.sql.Sql` says: one connection writes, another only reads."""

    def __init__(self, address: str, name: str, kind: Kind, schema: str = "") -> None:
        """Open the store called ``name`` in the database at ``address``, or make it.

        ``schema`` is where it is, when that is not where its name says.

        Raises `NotInstalled` when it is newer than this programme, `TidebreakError` when the
        server does not answer or allow it, `UsageError` for a bad address.
        """
        self._address, self._kind, self._schema = address, kind, schema or schema_of(name)
        self._turn, self._owner, self._count = threading.RLock(), 0, 0
        self._reader_turn = threading.Lock()
        self._writer, self._reader = Link(address, self._schema), Link(address, self._schema)
        try:
            with self._plain_errors():
                self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close both connections."""
        self._writer.close()
        self._reader.close()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._ask(sql, values, _Cursor.fetchall)

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        return self._ask(sql, values, _Cursor.fetchone)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one, in bounded memory, of one state of the store."""
        with self._plain_errors():
            if self._inside():
                yield from self._streamed(self._writer.connection, sql, values)
                return
            with connected(self._address, self._schema) as connection:
                connection.execute("BEGIN READ ONLY")
                yield from self._streamed(connection, sql, values)

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return how many rows it changed."""
        return self._writer.connection.execute(_text(statement(sql)), values).rowcount

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out one statement per row inside `writing`."""
        copied = copy_of(sql)
        with self._writer.connection.cursor() as cursor:
            if copied is None:
                cursor.executemany(_text(statement(sql)), rows)
                return
            with cursor.copy(_text(copied)) as copy:
                for row in rows:
                    copy.write_row(row)

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the store may have changed."""
        row = self.row("SELECT version FROM tidebreak_store")
        if self._inside():  # what is not yet written is another state every time
            self._count += 1
            return row[0] if row else 0, self._count
        return row[0] if row else 0, 0

    @contextmanager
    def writing(self) -> Generator[None]:
        """Everything inside happens together or not at all.

        Raises `Busy` when another process writes for too long, `TidebreakError` when the server
        goes away: then nothing was changed, unless the error says that nobody knows.
        """
        begin = f"{self._locked()}; UPDATE tidebreak_store SET version = version + 1"
        with self._transaction(begin):
            yield
            self._commit()

    @contextmanager
    def reading(self) -> Generator[None]:
        """All queries inside see one state of the store."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"):
            yield

    def tidy(self) -> None:
        """Nothing: the server tidies up by itself."""

    def _inside(self) -> bool:
        return self._owner == threading.get_ident()

    def _ask(self, sql: str, values: Sequence[Any], take: Callable[[_Cursor], _T]) -> _T:
        text = _text(statement(sql))

        def act(connection: Connection) -> _T:
            return take(connection.execute(text, values, binary=True))

        with self._plain_errors():
            if self._inside():
                return act(self._writer.connection)
            with self._reader_turn:
                return self._reader.use(act)

    def _streamed(
        self, connection: Connection, sql: str, values: Sequence[Any]
    ) -> Generator[tuple[Any, ...]]:
        self._count += 1
        with connection.cursor(f"stream_{self._count}", binary=True) as cursor:
            cursor.itersize = _AT_A_TIME
            yield from cursor.execute(_text(statement(sql)), values)

    def _locked(self) -> str:
        wait = int(portable.WAIT_SECONDS * 1000)
        lock = f"SELECT pg_advisory_xact_lock(hashtext('{self._schema}'))"
        return f"BEGIN; SET LOCAL lock_timeout = {wait}; {lock}; SET LOCAL lock_timeout = 0"

    @contextmanager
    def _transaction(self, begin: str) -> Generator[None]:
        with self._turn, self._plain_errors():
            if self._inside():
                raise RuntimeError("A transaction inside a transaction: leave the inner one out.")
            try:
                self._writer.use(lambda connection: connection.execute(_text(begin)))
                self._owner = threading.get_ident()
                yield
            finally:
                self._owner = 0
                self._writer.roll_back()

    def _commit(self) -> None:
        try:
            self._writer.connection.execute("COMMIT")
        except psycopg.OperationalError:
            raise TidebreakError(
                f"The database went away while a change to the {self._kind.name} was committed;"
                " look whether it was made before you try again."
            ) from None

    def _prepare(self) -> None:
        steps = self._kind.steps
        if self._kind.as_it_is or self._done() == len(steps):
            return
        with self._transaction(self._locked()):
            link = self._writer.connection
            done = self._done()  # again: another process may have been faster
            if done is None:
                if self.row("SELECT to_regnamespace(?)", (self._schema,)) == (None,):
                    link.execute(_text(f"CREATE SCHEMA {self._schema}"))
                link.execute(_MAKE)
            if done is not None and done > len(steps):
                raise NotInstalled(
                    f"The {self._kind.name} in the database was written by a newer Tidebreak;"
                    " install that."
                )
            for step in steps[done or 0 :]:
                link.execute(_text(script(step)))
            for table in self._kind.kept:
                link.execute(_text(_KEPT.format(table=table)))
            link.execute(
                "UPDATE tidebreak_store SET steps = %s, script = script || %s, kept = %s",
                (len(steps), "\n".join(steps[done or 0 :]), " ".join(self._kind.kept)),
            )
            self._commit()

    def _done(self) -> int | None:
        """Return how many steps the store has had, None where there is none."""
        if self.row("SELECT to_regclass('tidebreak_store')") == (None,):
            return None
        row = self.row("SELECT steps FROM tidebreak_store")
        return row[0] if row else 0

    def _plain_errors(self) -> AbstractContextManager[None]:
        return plain_errors(self._kind.name)


def _text(sql: str) -> LiteralString:
    """Psycopg asks for texts that hold no value: ours are written in this programme."""
    return cast("LiteralString", sql)


def remove_schemas(address: str, prefix: str) -> None:
    """Remove every schema whose name begins with ``prefix``: what was copied and never put."""
    with plain_errors("database"), connected(address, "public") as connection:
        for name in _beginning(connection, prefix):
            connection.execute(_text(f"DROP SCHEMA {name} CASCADE"))


def put_in_place(address: str, prefix: str) -> None:
    """Let schemas that begin with ``prefix`` be stores from now on, all of them or none."""
    with plain_errors("database"), connected(address, "public") as connection:
        connection.execute("BEGIN")
        for name in _beginning(connection, prefix):
            store = schema_of(name.removeprefix(prefix))
            connection.execute(_text(f"ALTER SCHEMA {name} RENAME TO {store}"))
        connection.execute("COMMIT")


def _beginning(connection: Connection, prefix: str) -> list[str]:
    sql = "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s) ORDER BY nspname"
    return [name for (name,) in connection.execute(sql, (prefix,)).fetchall()]
