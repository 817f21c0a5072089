"""The store of the lists: one SQLite file that belongs to one key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidebreak.errors import NotInstalled
from tidebreak.sqlite import Kind, SqliteFile, steps_in
from tidebreak.store.keys import Keys

Value = int | str | bytes | None

_PAGE = 16384
_CACHE_KIB = 131_072
_JOURNAL_BYTES = 64 << 20
_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    f"cache_size = -{_CACHE_KIB}",
    f"journal_size_limit = {_JOURNAL_BYTES}",
    "temp_store = MEMORY",
)


class Database(SqliteFile):
    """A connection to the store."""

    @classmethod
    def create(cls, path: Path, keys: Keys) -> Database:
        """Make a new store at ``path`` that belongs to ``keys``, or open the one that is there."""
        steps = steps_in("tidebreak.store", "migrations/lists")
        made = cls(path, Kind("store", steps, _PRAGMAS, first=(f"page_size = {_PAGE}",)))
        try:
            made._check(keys)
        except BaseException:
            made.close()
            raise
        return made

    @classmethod
    def open(cls, path: Path, keys: Keys) -> Database:
        """Open the store at ``path``.

        Raises `NotInstalled` when there is none or ``keys`` are not its keys, `Damaged` when it
        is not a store.
        """
        if not path.exists():
            raise NotInstalled(f"There is no store at {path}; run: tidebreak init")
        return cls.create(path, keys)

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
