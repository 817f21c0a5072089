"""Lists and entries as the store has them, and the mark that the snapshot must be made anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Required, TypedDict

import numpy as np

from tidebreak.errors import UsageError
from tidebreak.locators import looks_like_one
from tidebreak.model import Depth, HashList, ListKind, Thresholds
from tidebreak.sql import some
from tidebreak.store.database import Database

_STALE, _CHANGES = "snapshot_stale", "changes"
_LONGEST_NAME = 200

Progress = Callable[[int, int, int], None]
"""Called with bytes done, bytes in all, and entries so far."""


class ImportOptions(TypedDict, total=False):
    """What `Catalogue.import_file` takes besides the path."""

    name: Required[str]
    kind: Required[ListKind]
    format: str | None
    owner: str
    legal_basis: str
    scheme: str
    skip_bad: Path | bool
    known_good_statement: str
    shrink: bool
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import changed, in entries; ``duplicates`` share their key with another entry.

    ``rejected`` lines are in ``rejects_file``, which holds hashes. ``dropped_trivial`` counts
    entries with an identifier of the empty file, which is left out.
    """

    list: str
    format: str
    added: int
    updated: int
    withdrawn: int
    unchanged: int
    duplicates: int
    dropped_trivial: int
    rejected: int
    rejects_file: Path | None = None


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """What may be said of an entry in the clear. ``key`` is the owner's id, else ``#number``.

    ``withdrawn`` also holds for entries that a newer version of the list replaced or left out.
    """

    number: int
    list: HashList
    key: str
    classification: str
    scheme: str
    size: int | None
    withdrawn: bool
    disputed: bool


_LISTS = """
SELECT id, name, kind, owner, legal_basis, scheme, enabled, thresholds, entries FROM list
"""

_ENTRIES = """
SELECT number, list_id, key, classification, scheme, size,
       withdrawn_at IS NOT NULL OR retired_by IS NOT NULL
       OR number IN (SELECT entry FROM orphan WHERE orphan.entry = entry.number),
       disputed_at IS NOT NULL OR EXISTS (
           SELECT 1 FROM derivation JOIN entry AS origin ON origin.number = parent
           WHERE derivation.entry = entry.number AND origin.disputed_at IS NOT NULL
           AND origin.retired_by IS NULL AND origin.withdrawn_at IS NULL)
FROM entry WHERE number IN ({})
"""


def now() -> str:
    """Return the present in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def lists_of(database: Database) -> list[HashList]:
    """Return all lists but removed ones, by name."""
    return _read(database, _LISTS + "WHERE removed_at IS NULL ORDER BY name")


def lists_ever(database: Database) -> dict[int, HashList]:
    """Return all lists by id; removed ones are not enabled."""
    return {item.id: item for item in _read(database, _LISTS)}


def _read(database: Database, query: str) -> list[HashList]:
    return [
        HashList(
            id, name, ListKind(kind), owner, basis, scheme, bool(enabled),
            _thresholds(thresholds), entries,
        )
        for id, name, kind, owner, basis, scheme, enabled, thresholds, entries
        in database.rows(query)
    ]  # fmt: skip


def _thresholds(text: str) -> Thresholds:
    values = json.loads(text)
    depth = values.pop("depth", None)
    return Thresholds(**values, depth=Depth(depth) if depth else None)


def add_list(database: Database, wanted: HashList) -> HashList:
    """Add ``wanted``, whose id is ignored, and return it with its own."""
    row = database.row(
        "INSERT INTO list (name, kind, owner, legal_basis, scheme, thresholds, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            wanted.name,
            wanted.kind.value,
            wanted.owner,
            wanted.legal_basis,
            wanted.scheme,
            json.dumps(asdict(wanted.thresholds)),
            now(),
        ),
    )
    assert row is not None
    return lists_ever(database)[row[0]]


def add_import(database: Database, list_id: int, actor: str, format: str, **file: str) -> int:
    """Note an import into a list and return its number; ``file`` is what it came from."""
    row = database.row(
        "INSERT INTO import (list_id, imported_at, actor, format, file_name, file_sha256,"
        " statement) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            list_id,
            now(),
            actor,
            format,
            *(file.get(name, "") for name in ("name", "sha256", "statement")),
        ),
    )
    assert row is not None
    return row[0]


def describe_list(database: Database, known: HashList, wanted: HashList) -> HashList:
    """Give ``known`` the owner, legal basis and scheme of ``wanted`` where it names them."""
    database.change(
        "UPDATE list SET owner = ?, legal_basis = ?, scheme = ? WHERE id = ?",
        (
            wanted.owner or known.owner,
            wanted.legal_basis or known.legal_basis,
            wanted.scheme or known.scheme,
            known.id,
        ),
    )
    return lists_ever(database)[known.id]


def list_for(database: Database, wanted: HashList) -> HashList:
    """Return the list that an import goes into, new or known; raise `UsageError` for another."""
    for known in lists_of(database):
        if known.name != wanted.name:
            continue
        if known.kind is not wanted.kind:
            raise UsageError(
                f"'{known.name}' is a list of kind {known.kind}, not {wanted.kind};"
                " import under another name, or remove it first."
            )
        return describe_list(database, known, wanted)
    return add_list(database, wanted)


def entries_of(
    database: Database, lists: dict[int, HashList], numbers: Sequence[int]
) -> dict[int, EntryRecord]:
    """Return the entries with ``numbers``; unknown ones are left out."""
    asked = some(np.asarray(numbers).tolist())
    return {
        number: EntryRecord(
            number, lists[list_id], key or f"#{number}", classification,
            scheme or lists[list_id].scheme, size, bool(withdrawn), bool(disputed),
        )
        for places, values in asked
        for number, list_id, key, classification, scheme, size, withdrawn, disputed
        in database.rows(_ENTRIES.format(places), values)
    }  # fmt: skip


def erase_entries(database: Database, list_id: int) -> int:
    """Erase every entry of one list with all its blocks; return how many entries that were."""
    row = database.row("SELECT count(*) FROM entry WHERE list_id = ?", (list_id,))
    own = "IN (SELECT number FROM entry WHERE list_id = ?)"
    database.change(f"DELETE FROM derivation WHERE entry {own} OR parent {own}", (list_id, list_id))
    imports = "import_id IN (SELECT id FROM import WHERE list_id = ?)"
    for table in ("signal_block", "vault_block", "digest_block"):
        database.change(f"DELETE FROM {table} WHERE {imports}", (list_id,))
    database.change("DELETE FROM entry WHERE list_id = ?", (list_id,))
    database.change("UPDATE import SET about = ? WHERE list_id = ?", (b"", list_id))
    database.change("UPDATE list SET entries = 0 WHERE id = ?", (list_id,))
    return row[0] if row else 0


def count_change(database: Database) -> None:
    """Note, inside a transaction, that what counts has changed: `label` says something new."""
    database.set_meta(_CHANGES, (database.meta(_CHANGES) or 0) + 1)


def label(database: Database) -> str:
    """Return the version of everything that counts: another one after every change."""
    return f"{database.meta(_CHANGES) or 0}.{(database.meta('next_entry') or 1) - 1}"


def mark_stale(database: Database) -> None:
    """Note, inside a transaction, that snapshots must be made anew whatever came after them."""
    database.set_meta(_STALE, stale(database) + 1)


def stale(database: Database) -> int:
    """Return how often snapshots were marked as stale; one says after which mark it was made.

    The mark is never taken away: every replica has snapshots of its own to make anew.
    """
    return database.meta(_STALE) or 0


def named(name: str, numbers: Sequence[int]) -> str:
    """Return how the audit log calls entries of the list called ``name``."""
    shown = ", ".join(f"#{number}" for number in numbers[:10])
    return f"{name} {shown}" + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")


def check_name(name: str) -> None:
    """Raise `UsageError` unless a list may be called ``name``."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise UsageError(f"A list's name must be 1 to {_LONGEST_NAME} printable characters.")
    if looks_like_one(name):
        raise UsageError("A list's name may be a hash, and names are kept in the clear; change it.")


def check_thresholds(thresholds: Thresholds) -> None:
    """Raise `UsageError` unless ``thresholds`` make sense."""
    near, possible, lead = thresholds.near, thresholds.possible, thresholds.lead
    if not 0 <= near <= possible <= lead <= 256:
        raise UsageError("Thresholds must grow: 0 <= near <= possible <= lead <= 256.")
    if not 0 <= thresholds.quality <= 100:
        raise UsageError("The least quality must be from 0 to 100.")
