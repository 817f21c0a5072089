"""Where the stores of an installation are, and how one is opened by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import NotInstalled
from tidebreak.sql import Kind, Sql, steps_in
from tidebreak.sqlite import SqliteFile

_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON")
_FILES = {"lists": "tidebreak"}
"""Files that are called other than their store."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one installation: SQLite files below ``home``, or schemas of PostgreSQL.

    ``database`` is the address of a PostgreSQL database (libpq's connection URI, without a
    password), empty for files.
    """

    home: Path
    database: str = ""

    def open(self, name: str, package: str, folder: str = "migrations") -> Sql:
        """Open the store called ``name``, brought forward by the scripts in ``package``.

        Raises the errors of `tidebreak.sql.Sql`, and `NotInstalled` when it is newer than this
        programme.
        """
        return self.make(name, Kind(f"store of {name}", steps_in(package, folder), _PRAGMAS))

    def make(self, name: str, kind: Kind) -> Sql:
        """Open the store called ``name``, or make it."""
        if self.database:
            from tidebreak.postgres import PostgresSchema

            return PostgresSchema(self.database, name, kind)
        return SqliteFile(self.file(name), kind)

    def existing(self, name: str, kind: Kind) -> Sql:
        """Open the store called ``name``; raise `NotInstalled` where there is none."""
        if not self.has(name):
            raise NotInstalled(
                f"There is no {kind.name} {self.place(name)}; restore it from a backup, or make a"
                " new installation: tidebreak init"
            )
        return self.make(name, kind)

    def has(self, name: str) -> bool:
        """Whether there is a store called ``name``."""
        if self.database:
            from tidebreak.postgres import has_schema

            return has_schema(self.database, name)
        return self.file(name).exists()

    def names(self) -> list[str]:
        """Return the names of all stores that there are."""
        if self.database:
            from tidebreak.postgres import schemas

            return schemas(self.database)
        names = {file: name for name, file in _FILES.items()}
        return sorted(names.get(path.stem, path.stem) for path in self.home.glob("*.db"))

    def place(self, name: str) -> str:
        """Return where the store called ``name`` is, for people."""
        return f"of {name} in the database" if self.database else str(self.file(name))

    def file(self, name: str) -> Path:
        """Return where the store called ``name`` lies when it is a file."""
        return self.home / f"{_FILES.get(name, name)}.db"
