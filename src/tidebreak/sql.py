"""What every store needs of its database, whether that is a SQLite file or a schema of PostgreSQL.

Statements are written once, in what both understand: ``?`` for values; the types INTEGER, REAL,
TEXT and BLOB; ``INSERT … RETURNING``; ``ON CONFLICT (…) DO UPDATE``; truth as 0 and 1. Whatever
differs is in the two classes that keep this protocol (`tidebreak.sqlite`, `tidebreak.postgres`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from typing import Any, Protocol

WAIT_SECONDS = 10.0
"""How long a writer waits for another."""

_MOST_VALUES = 8192
"""Values in one statement: SQLite takes 32,766, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What stores of one kind have in common.

    ``name`` is what errors call one. ``steps`` are scripts, of which a store counts those that it
    has had; ``as_it_is``: it is opened with whatever it has had. To the tables ``kept`` rows are
    only ever added. ``lenient``: text that is not UTF-8 is read all the same. Only of SQLite:
    ``pragmas`` are set on every opening, those ``first`` before anything is written.
    """

    name: str
    steps: Sequence[str]
    pragmas: Sequence[str] = ()
    first: Sequence[str] = ()
    kept: Sequence[str] = ()
    lenient: bool = False
    as_it_is: bool = False


def steps_in(package: str, folder: str) -> list[str]:
    """Return the scripts in a folder of a package, in the order of their names."""
    place = resources.files(package) / folder
    names = sorted(item.name for item in place.iterdir() if item.name.endswith(".sql"))
    return [(place / name).read_text(encoding="utf-8") for name in names]


def some(values: Sequence[int]) -> Iterator[tuple[str, list[int]]]:
    """Yield ``values`` in batches, each with its placeholders: ``… IN ({placeholders})``.

    The last value is repeated up to the next power of two, so that there are few different
    statements: both back ends keep those that they have prepared.
    """
    for start in range(0, len(values), _MOST_VALUES):
        batch = values[start : start + _MOST_VALUES]
        count = 1 << (len(batch) - 1).bit_length()
        yield ", ".join("?" * count), [*batch, *[batch[-1]] * (count - len(batch))]


class Sql(Protocol):
    """An open store. From several threads, too: transactions wait for one another, reads do not.

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
        """Yield the rows of a query one by one, in bounded memory, of one state of the store."""
        ...

    def change(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Carry out one statement inside `writing`; return how many rows it changed.

        The id of a new row comes from ``INSERT … RETURNING id`` through `row`.
        """
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
