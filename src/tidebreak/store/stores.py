"""Where the stores of an installation are, and how one is opened by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tidebreak.sql import Sql
from tidebreak.sqlite import Kind, SqliteFile, steps_in

_PRAGMAS = ("synchronous = FULL", "foreign_keys = ON")


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores below ``home``, one SQLite file each."""

    home: Path

    def open(self, name: str, package: str, folder: str = "migrations") -> Sql:
        """Open the store called ``name``, brought forward by the scripts in ``package``.

        Raises the errors of `tidebreak.sql.Sql`, and `NotInstalled` when it is newer than this
        programme.
        """
        steps: Sequence[str] = steps_in(package, folder)
        return SqliteFile(self.home / f"{name}.db", Kind(f"store of {name}", steps, _PRAGMAS))
