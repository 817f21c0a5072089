"""What every store needs of its database, whether that is a SQLite file or a schema of PostgreSQL.

Statements are written once, in what both understand: ``?`` for values; the types INTEGER, REAL,
TEXT and BLOB; ``INSERT … RETURNING``; ``ON CONFLICT … DO UPDATE``; truth as 0 and 1. Whatever
differs is in the two classes that keep this protocol (`tidebreak.sqlite`, `tidebreak.postgres`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Sql(Protocol):
    """An open store. From several threads, too: a transaction keeps the others waiting.

    Raises `Busy` when somebody else has been writing for too long, `Damaged` when the store is not
    intact, `TidebreakError` when the disk is full or the server does not answer.
    """

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        ...

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none."""
        ...

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query one by one, in bounded memory."""
        ...

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return the id of the row it inserted."""
        ...

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out one statement per row inside `writing`."""
        ...

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the store may have changed."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Everything inside happens together or not at all; one writer at a time."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """All queries inside see one state of the store."""
        ...

    def tidy(self) -> None:
        """Free what the last changes left behind; may do nothing."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...
