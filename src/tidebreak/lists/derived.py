"""Entries that are derived: a torrent that holds something known is known itself from then on.

Places that see only an infohash (trackers, logs) cannot know what is in it. Whoever sees the
metadata can, and adds the torrent's own identifiers to the list of the entry that was recognised.
A derived entry counts while any of its parents does; a newer version of the list leaves it alone
as long as the parent, or a successor with the same identifier, is on it (``docs/check.md``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.batch import batch_of
from tidebreak.lists.blocks import data_of, derived_digests, signal_blocks
from tidebreak.lists.fingerprints import Fingerprinter
from tidebreak.lists.records import EntryRecord, add_import, lists_ever, now
from tidebreak.lists.writing import EntryWriter
from tidebreak.model import Entry, Level, Signal
from tidebreak.sql import some
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

FORMAT = "derived"
"""What the import is called that brings such entries."""


@dataclass(frozen=True, slots=True)
class Parent:
    """An entry that was recognised, by which seal (16 bytes), and how strongly."""

    record: EntryRecord
    seal: bytes
    grade: Level


@dataclass(frozen=True, slots=True)
class Finding:
    """Identifiers of a torrent of so many ``files``, and what was recognised in it."""

    signals: tuple[Signal, ...]
    parents: tuple[Parent, ...]
    files: int = 0


@dataclass(frozen=True, slots=True)
class Derivation:
    """From which entry, how strongly and when an entry was derived."""

    entry: int
    parent: int
    grade: Level
    derived_at: str
    files: int = 0
    """Files in the torrent, 0 where nobody knows: of one alone, it is the same content."""
    counts: bool = True
    """Whether the parent still counts, so that this entry does."""


_DERIVATIONS = (
    "SELECT derivation.entry, parent, grade, derived_at, files,"
    " origin.withdrawn_at IS NULL AND origin.retired_by IS NULL"
    " FROM derivation JOIN entry AS origin ON origin.number = parent"
    " JOIN entry AS own ON own.number = derivation.entry"
)

_COLUMNS = "entry, parent, seal, grade, derived_at, actor, files"
_ADD = f"INSERT INTO derivation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"

_WEAK = f"""
SELECT derivation.entry FROM derivation JOIN entry ON number = parent
WHERE withdrawn_at IS NULL AND retired_by IS NULL
GROUP BY derivation.entry
HAVING count(CASE WHEN grade = '{Level.EXACT.value}' THEN 1 END) = 0 OR count(disputed_at) > 0
UNION SELECT number FROM entry WHERE disputed_at IS NOT NULL
"""


def derive(
    database: Database, vault: Vault, prints: Fingerprinter, found: Sequence[Finding], actor: str
) -> int:
    """Add what was ``found``, inside `Database.writing`; return how many entries are new.

    Parents that are derived themselves stand for their own parents. What is there already only
    gains parents.
    """
    by_list: dict[int, list[Finding]] = defaultdict(list)
    for finding in found:
        roots = [root for parent in finding.parents for root in _roots(database, parent)]
        for number in sorted({root.record.list.id for root in roots}):
            own = tuple(root for root in roots if root.record.list.id == number)
            by_list[number].append(Finding(finding.signals, own, finding.files))
    return sum(
        _derive(database, vault, prints, number, own, actor) for number, own in by_list.items()
    )


def _roots(database: Database, parent: Parent) -> list[Parent]:
    """Return ``parent``, or what it was derived from: chains would hide who vouches."""
    rows = database.rows(
        "SELECT number, seal, grade FROM derivation JOIN entry ON number = parent"
        " WHERE derivation.entry = ? AND withdrawn_at IS NULL AND retired_by IS NULL",
        (parent.record.number,),
    )
    if not rows:
        return [parent]
    weakest = max(parent.grade, *(Level(grade) for _, _, grade in rows), key=lambda g: g.rank)
    return [Parent(_with_number(parent.record, number), seal, weakest) for number, seal, _ in rows]


def _with_number(record: EntryRecord, number: int) -> EntryRecord:
    return EntryRecord(
        number, record.list, record.key, record.classification, record.scheme, None,
        record.withdrawn, record.disputed,
    )  # fmt: skip


def _derive(
    database: Database, vault: Vault, prints: Fingerprinter, list_id: int,
    found: Sequence[Finding], actor: str,
) -> int:  # fmt: skip
    batch = batch_of(_entry(finding) for finding in found)
    fingerprints = prints.of(batch)
    keys, numbers = derived_digests(database, list_id)
    known = dict(zip(keys.tolist(), numbers.tolist(), strict=True))
    ordered = fingerprints.keys.tolist()
    last = {key: row for row, key in enumerate(ordered)}
    new = np.array([key not in known and last[key] == row for row, key in enumerate(ordered)])
    added = int(new.sum())
    if added:
        import_id = add_import(database, list_id, actor, FORMAT)
        writer = EntryWriter(
            database, vault, hash_list=lists_ever(database)[list_id], import_id=import_id
        )
        first = writer.first
        writer.write(batch, fingerprints, new)
        writer.finish()
        fresh = fingerprints.keys[new].tolist()
        known |= {key: first + place for place, key in enumerate(fresh)}
    for finding, key in zip(found, ordered, strict=True):
        _link(database, known[key], finding, actor)
    return added


def _entry(finding: Finding) -> Entry:
    records = [parent.record for parent in finding.parents]
    labels = {(record.classification, record.scheme) for record in records}
    # Of several that disagree none is said: the parents say it.
    classification, scheme = labels.pop() if len(labels) == 1 else ("", "")
    return Entry(0, finding.signals, classification=classification, scheme=scheme)


def _link(database: Database, entry: int, finding: Finding, actor: str) -> None:
    database.change_many(
        f"{_ADD} ON CONFLICT (entry, parent) DO UPDATE"
        " SET seal = excluded.seal, grade = excluded.grade, derived_at = excluded.derived_at,"
        " actor = excluded.actor WHERE derivation.grade != excluded.grade"
        f" AND excluded.grade = '{Level.EXACT.value}'",
        (
            (entry, parent.record.number, parent.seal, parent.grade.value, now(), actor,
             finding.files)
            for parent in finding.parents
        ),
    )  # fmt: skip


def derivations(database: Database, entries: Sequence[int]) -> dict[int, list[Derivation]]:
    """Return what is known of how ``entries`` were derived, those with live parents only."""
    found: dict[int, list[Derivation]] = defaultdict(list)
    for places, values in some(entries):
        rows = database.rows(
            f"{_DERIVATIONS} WHERE derivation.entry IN ({places})"
            " AND origin.withdrawn_at IS NULL AND origin.retired_by IS NULL"
            " ORDER BY derivation.entry, parent",
            values,
        )
        for row in rows:
            found[row[0]].append(_derivation(*row))
    return found


def derived_of(database: Database, list_id: int) -> list[Derivation]:
    """Return every derivation on a list, live or not, by entry."""
    rows = database.rows(
        f"{_DERIVATIONS} WHERE own.list_id = ? ORDER BY derivation.entry, parent",
        (list_id,),
    )
    return [_derivation(*row) for row in rows]


def _derivation(
    entry: int, parent: int, grade: str, derived_at: str, files: int, counts: int
) -> Derivation:
    return Derivation(entry, parent, Level(grade), derived_at, files, bool(counts))


def uncertain(database: Database) -> NDArray[np.uint32]:
    """Return the entries that decide nothing alone, whatever identifies them; in no order.

    Those that somebody disputes, or that were derived from such, and those derived from what was
    itself recognised by no more than a weak digest.
    """
    return np.fromiter((row[0] for row in database.rows(_WEAK)), np.uint32)


def parents_of(database: Database) -> list[int]:
    """Return the numbers of all entries from which something was derived."""
    return [row[0] for row in database.rows("SELECT DISTINCT parent FROM derivation")]


def follow(database: Database, successors: Mapping[int, Sequence[int]]) -> None:
    """Let what was derived from a retired entry follow its ``successors``, inside a transaction.

    Only those count that still carry the identifier by which the parent was recognised.
    """
    fresh = {number for numbers in successors.values() for number in numbers}
    if not fresh:
        return
    rows = [
        row
        for places, values in some(list(successors))
        for row in database.rows(
            f"SELECT {_COLUMNS} FROM derivation WHERE parent IN ({places})", values
        )
    ]
    carried = _seals_of(database, fresh)
    database.change_many(
        f"{_ADD} ON CONFLICT DO NOTHING",
        (
            (entry, number, seal, *rest)
            for entry, parent, seal, *rest in rows
            for number in successors[parent]
            if (number, seal) in carried
        ),
    )


def _seals_of(database: Database, numbers: set[int]) -> set[tuple[int, bytes]]:
    wanted = np.array(sorted(numbers), np.uint32)
    found: set[tuple[int, bytes]] = set()
    for block in signal_blocks(database, after=int(wanted[0]) - 1):
        rows = np.flatnonzero(np.isin(block.entries, wanted))
        if not len(rows):
            continue
        data = data_of(database, block)[rows]
        found |= set(zip(block.entries[rows].tolist(), map(bytes, data), strict=True))
    return found
