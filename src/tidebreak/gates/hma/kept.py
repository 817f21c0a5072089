"""What HMA keeps of banks and contents beside the catalogue, in a store of its own.

Metadata and notes hold whatever a client put there, addresses among it: they are sealed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

ENABLED, DISABLED = 1, 0
"""What ``disable_until_ts`` says besides a time: never disabled, and for good."""


@dataclass(frozen=True, slots=True)
class BankRow:
    """What a bank is called, how often it takes part (0 to 1), and whether it was made here."""

    list_id: int
    name: str
    ratio: float
    made: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a client says of a content: ``metadata`` as HMA keeps it, and a note."""

    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContentRow:
    """A content; ``withdrawn`` says that its entry is, because it is disabled."""

    number: int
    list_id: int
    disable_until: int = ENABLED
    withdrawn: bool = False
    deleted: bool = False
    about: About = field(default_factory=About)
    signals: tuple[Signal, ...] = ()


_COLUMNS = "number, list_id, disable_until, withdrawn, deleted, about, signals"


class Kept:
    """The store. May be used from several threads."""

    def __init__(self, stores: Stores, vault: Vault) -> None:
        self._sql: Sql = stores.open("hma", "tidebreak.gates.hma")
        self._vault = vault

    def close(self) -> None:
        """Close the store."""
        self._sql.close()

    def version(self) -> tuple[int, int]:
        """Return a value that changes whenever anything in the store may have changed."""
        return self._sql.version()

    def banks(self) -> list[BankRow]:
        """Return what is kept of banks, those of removed lists among them."""
        rows = self._sql.rows("SELECT list_id, name, ratio, made FROM bank")
        return [BankRow(number, name, ratio, bool(made)) for number, name, ratio, made in rows]

    def put_bank(self, row: BankRow) -> None:
        """Keep what a bank is called; another one's claim to the name is over."""
        with self._sql.writing():
            self._sql.change(
                "DELETE FROM bank WHERE name = ? AND list_id <> ?", (row.name, row.list_id)
            )
            self._sql.change(
                "INSERT INTO bank (list_id, name, ratio, made) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (list_id) DO UPDATE SET name = excluded.name, ratio = excluded.ratio",
                (row.list_id, row.name, row.ratio, int(row.made)),
            )

    def forget_bank(self, list_id: int) -> None:
        """Let the bank's name be free again."""
        with self._sql.writing():
            self._sql.change("DELETE FROM bank WHERE list_id = ?", (list_id,))

    def content(self, number: int) -> ContentRow | None:
        """Return what is kept of a content."""
        row = self._sql.row(f"SELECT {_COLUMNS} FROM content WHERE number = ?", (number,))
        return None if row is None else self._content(row)

    def abouts(self, numbers: Sequence[int]) -> dict[int, About]:
        """Return what is said of contents, by number."""
        found = (self.content(number) for number in numbers)
        return {row.number: row.about for row in found if row}

    def put_content(self, row: ContentRow) -> None:
        """Keep what is said of a content."""
        values = (
            row.number, row.list_id, row.disable_until, int(row.withdrawn), int(row.deleted),
            self._sealed(row.number, "about", [dict(row.about.metadata), row.about.note]),
            self._sealed(row.number, "signals", [[s.type.name, s.text] for s in row.signals]),
        )  # fmt: skip
        with self._sql.writing():
            self._sql.change(
                f"INSERT INTO content ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET disable_until = excluded.disable_until,"
                " withdrawn = excluded.withdrawn, deleted = excluded.deleted,"
                " about = excluded.about, signals = excluded.signals",
                values,
            )

    def disabled(self) -> list[ContentRow]:
        """Return the contents that are disabled now."""
        rows = self._sql.rows(
            f"SELECT {_COLUMNS} FROM content WHERE withdrawn = 1 AND deleted = 0 ORDER BY number"
        )
        return [self._content(row) for row in rows]

    def due(self, now: int) -> list[ContentRow]:
        """Return the disabled contents whose time is over."""
        rows = self._sql.rows(
            f"SELECT {_COLUMNS} FROM content WHERE withdrawn = 1 AND deleted = 0"
            " AND disable_until > 1 AND disable_until <= ? ORDER BY number",
            (now,),
        )
        return [self._content(row) for row in rows]

    def ratios(self) -> dict[str, float]:
        """Return the ratio of each signal type, 1 where none was set."""
        ratios = dict.fromkeys(HMA_TYPES, 1.0)
        return ratios | dict(self._sql.rows("SELECT name, ratio FROM signal_type"))

    def put_ratio(self, name: str, ratio: float) -> None:
        """Keep the ratio of a signal type."""
        with self._sql.writing():
            self._sql.change(
                "INSERT INTO signal_type (name, ratio) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET ratio = excluded.ratio",
                (name, ratio),
            )

    def _content(self, row: tuple[Any, ...]) -> ContentRow:
        number, list_id, until, withdrawn, deleted, about, signals = row
        metadata, note = self._opened(number, "about", about)
        read = (
            Signal(SIGNAL_TYPES[name], SIGNAL_TYPES[name].parse(text))
            for name, text in self._opened(number, "signals", signals)
        )
        return ContentRow(
            number, list_id, until, bool(withdrawn), bool(deleted), About(metadata, note),
            tuple(read),
        )  # fmt: skip

    def _sealed(self, number: int, what: str, value: Any) -> bytes:
        return self._vault.seal(_place(number, what), json.dumps(value).encode())

    def _opened(self, number: int, what: str, sealed: bytes) -> Any:
        return json.loads(self._vault.open(_place(number, what), bytes(sealed)))


def _place(number: int, what: str) -> str:
    return f"hma/{number}/{what}"
