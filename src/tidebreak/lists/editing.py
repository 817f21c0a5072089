"""Single entries: add, withdraw, dispute, restore, and look at them page by page.

An import brings a whole list and replaces what it no longer has; here a person, or a platform with
a list of its own, changes one entry or a few. What is changed counts at once.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tidebreak.audit.log import AuditLog, Detail
from tidebreak.errors import UsageError
from tidebreak.lists.batch import Batch, Digests, batch_of
from tidebreak.lists.blocks import kept, live_digests
from tidebreak.lists.derived import follow
from tidebreak.lists.fingerprints import Fingerprinter, Fingerprints
from tidebreak.lists.records import (
    EntryRecord,
    add_import,
    add_list,
    check_name,
    check_thresholds,
    count_change,
    entries_of,
    lists_ever,
    lists_of,
    named,
    now,
)
from tidebreak.lists.trivial import without_trivial
from tidebreak.lists.writing import EntryWriter
from tidebreak.model import Entry, HashList, Signal
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

FORMAT = "edited"
"""What the import is called that brings single entries."""

MOST = 10_000
"""Entries added at a time: more than that is an import."""

_Mark = Literal["withdrawn", "disputed"]


@dataclass(frozen=True, slots=True)
class _Known:
    """Entries on the list with the keys of those that come: places in time, by number."""

    numbers: list[int]
    keys: list[bytes]
    contents: list[bytes]


class Editor:
    """Edits the lists of one installation; every change is audited before it happens."""

    def __init__(
        self, database: Database, vault: Vault, prints: Fingerprinter, audit: AuditLog, actor: str
    ) -> None:
        self._database, self._vault, self._prints = database, vault, prints
        self._audit, self._actor = audit, actor

    def create(self, wanted: HashList) -> HashList:
        """Make an empty list as ``wanted``, whose id is ignored; raise `UsageError` when not."""
        check_name(wanted.name)
        check_thresholds(wanted.thresholds)
        if any(item.name == wanted.name for item in lists_of(self._database)):
            raise UsageError(f"There is a list called '{wanted.name}'; choose another name.")
        with self._changing("list.create", wanted.name, {"kind": wanted.kind.value}):
            return add_list(self._database, wanted)

    def add(self, name: str, entries: Sequence[Entry]) -> list[int]:
        """Add ``entries`` to the list called ``name``; return their numbers, in order.

        One that is there already keeps its number; one whose ``key`` is there takes the other's
        place. Raises `UsageError`, after which nothing was added: for what has no signals, is the
        empty file, or was withdrawn (`restore` it).
        """
        if len(entries) > MOST:
            raise UsageError(f"Add at most {MOST:,} entries at a time; for more, import a list.")
        if not all(entry.signals for entry in entries):
            raise UsageError("An entry needs one signal or more; leave the others out.")
        hash_list = self._list(name)
        batch = batch_of(replace(entry, line=0) for entry in entries)
        if without_trivial(batch)[1]:
            raise UsageError("An entry names the empty file, which would match everywhere.")
        prints = self._prints.of(batch)
        with self._changing("entry.add", name, {"entries": len(entries)}) as outcome:
            numbers, fresh = self._write(hash_list, batch, prints)
            outcome["new"] = fresh
        return numbers

    def withdraw(self, name: str, numbers: Sequence[int], reason: str) -> None:
        """Take entries back: they count no more, and nothing is erased."""
        self._mark("withdrawn", name, numbers, reason)

    def dispute(self, name: str, numbers: Sequence[int], reason: str) -> None:
        """Mark entries as disputed; they still match, and their matches say so."""
        self._mark("disputed", name, numbers, reason)

    def restore(self, name: str, numbers: Sequence[int], reason: str) -> None:
        """Let entries that were withdrawn or disputed count again as before."""
        self._check_on(name, numbers)
        detail: Detail = {"reason": reason, "entries": len(numbers)}
        with self._changing("entry.restored", named(name, numbers), detail):
            self._database.change_many(
                "UPDATE entry SET withdrawn_at = NULL, withdrawn_why = NULL,"
                " disputed_at = NULL, disputed_why = NULL WHERE number = ?",
                ((number,) for number in numbers),
            )

    def page(self, name: str, after: int = 0, limit: int = 100) -> list[EntryRecord]:
        """Return up to ``limit`` entries of a list with numbers above ``after``, ascending.

        What a newer version replaced is left out; what was withdrawn is not, and says so.
        """
        found: list[int] = []
        for first, count in self._spans(self._list(name).id):
            if len(found) >= limit or first + count - 1 <= after:
                continue
            rows = self._database.rows(
                "SELECT number FROM entry WHERE number >= ? AND number < ?"
                " AND retired_by IS NULL ORDER BY number LIMIT ?",
                (max(first, after + 1), first + count, limit - len(found)),
            )
            found += [row[0] for row in rows]
        records = entries_of(self._database, lists_ever(self._database), found)
        return [records[number] for number in found]

    def signals_of(self, name: str, number: int) -> tuple[Signal, ...]:
        """Return the signals of an entry as its list gave them, from the vault; audited."""
        self._check_on(name, [number])
        self._audit.append("entry.signals", self._actor, named(name, [number]))
        return kept(self._database, self._vault, number).signals

    def _write(
        self, hash_list: HashList, batch: Batch, prints: Fingerprints
    ) -> tuple[list[int], int]:
        there = self._there(hash_list.id, prints.keys)
        same = dict(zip(zip(there.keys, there.contents, strict=True), there.numbers, strict=True))
        wanted = list(zip(prints.keys.tolist(), prints.contents.tolist(), strict=True))
        first_of = {pair: row for row, pair in reversed(list(enumerate(wanted)))}
        new = np.array([
            pair not in same and first_of[pair] == row for row, pair in enumerate(wanted)
        ], np.bool_)  # fmt: skip
        arriving = {wanted[row][0] for row in np.flatnonzero(new).tolist()}
        replaced = [n for n, key in zip(there.numbers, there.keys, strict=True) if key in arriving]
        self._refuse_withdrawn([*same.values()])
        if new.any():
            import_id = add_import(self._database, hash_list.id, self._actor, FORMAT)
            writer = EntryWriter(
                self._database, self._vault, hash_list=hash_list, import_id=import_id
            )
            fresh = iter(range(writer.first, writer.first + int(new.sum())))
            same |= {wanted[row]: next(fresh) for row in np.flatnonzero(new).tolist()}
            writer.write(batch, prints, new)
            writer.finish()
            self._replace(import_id, there, replaced, same)
            self._database.change(
                "UPDATE list SET entries = entries + ? WHERE id = ?",
                (int(new.sum()) - len(replaced), hash_list.id),
            )
        return [same[pair] for pair in wanted], int(new.sum())

    def _replace(
        self,
        import_id: int,
        there: _Known,
        replaced: list[int],
        now_there: dict[tuple[bytes, bytes], int],
    ) -> None:
        """Retire what was ``replaced``; what a person said of it holds for its successors."""
        keys = dict(zip(there.numbers, there.keys, strict=True))
        successors = {
            number: [
                other for (key, _), other in now_there.items()
                if key == keys[number] and other not in keys
            ]
            for number in replaced
        }  # fmt: skip
        for number, later in successors.items():
            self._database.change_many(
                "UPDATE entry SET"
                " disputed_at = (SELECT old.disputed_at FROM entry AS old WHERE old.number = ?),"
                " disputed_why = (SELECT old.disputed_why FROM entry AS old WHERE old.number = ?)"
                " WHERE number = ?",
                ((number, number, other) for other in later),
            )
        self._database.change_many(
            "UPDATE entry SET retired_by = ? WHERE number = ?",
            ((import_id, number) for number in replaced),
        )
        follow(self._database, successors)

    def _refuse_withdrawn(self, numbers: Sequence[int]) -> None:
        found = entries_of(self._database, lists_ever(self._database), numbers)
        taken_back = [number for number, record in found.items() if record.withdrawn]
        if taken_back:
            raise UsageError(
                f"Entry #{taken_back[0]} is the same and was withdrawn; restore it instead."
            )

    def _there(self, list_id: int, keys: Digests) -> _Known:
        """Return what is on the list under any of ``keys``."""
        known, contents, numbers = live_digests(self._database, list_id)
        wanted = np.unique(keys)
        places = np.minimum(np.searchsorted(wanted, known), len(wanted) - 1)
        rows = wanted[places] == known if len(wanted) else np.zeros(len(known), np.bool_)
        return _Known(numbers[rows].tolist(), known[rows].tolist(), contents[rows].tolist())

    def _mark(self, what: _Mark, name: str, numbers: Sequence[int], reason: str) -> None:
        self._check_on(name, numbers)
        detail: Detail = {"reason": reason, "entries": len(numbers)}
        with self._changing(f"entry.{what}", named(name, numbers), detail):
            self._database.change_many(
                f"UPDATE entry SET {what}_at = ?, {what}_why = ? WHERE number = ?",
                ((now(), reason, number) for number in numbers),
            )

    def _check_on(self, name: str, numbers: Sequence[int]) -> None:
        """Raise `UsageError` unless every one of ``numbers`` is an entry of this very list."""
        hash_list = self._list(name)
        found = entries_of(self._database, lists_ever(self._database), numbers)
        lacking = [n for n in numbers if n not in found or found[n].list.id != hash_list.id]
        if lacking:
            raise UsageError(f"'{name}' has no entry #{lacking[0]}; take numbers from its pages.")

    def _list(self, name: str) -> HashList:
        for item in lists_of(self._database):
            if item.name == name:
                return item
        raise UsageError(f"There is no list called '{name}'; create it, or correct the name.")

    def _spans(self, list_id: int) -> list[tuple[int, int]]:
        """Return (first number, count) of every run of entries of a list, ascending."""
        return [
            (first, count)
            for first, count in self._database.rows(
                "SELECT first, count FROM digest_block JOIN import ON import.id = import_id"
                " WHERE list_id = ? ORDER BY first",
                (list_id,),
            )
        ]

    @contextmanager
    def _changing(
        self, action: str, object: str, detail: Detail
    ) -> Generator[dict[str, str | int | float | bool | None]]:
        with (
            self._audit.around(action, self._actor, object, detail) as outcome,
            self._database.writing(),
        ):
            yield outcome
            count_change(self._database)
