"""The catalogue of hash lists: import, switch, remove, withdraw, dispute, ask.

Every change is audited before it happens. A removed list is a tombstone: its entries stop
matching at once and its name becomes free; its data stays, sealed, until `Catalogue.purge`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from tidebreak.audit.log import AuditLog, Detail
from tidebreak.errors import UsageError
from tidebreak.lists import coverage as covering
from tidebreak.lists.blocks import derived_digests, kept, live_digests
from tidebreak.lists.derived import Derivation, Finding, derivations, derive, derived_of, uncertain
from tidebreak.lists.formats import Format, choose
from tidebreak.lists.records import (
    EntryRecord,
    ImportResult,
    Progress,
    check_name,
    check_thresholds,
    count_change,
    entries_of,
    erase_entries,
    label,
    list_for,
    lists_ever,
    lists_of,
    mark_stale,
    named,
    now,
)
from tidebreak.lists.rejects import Rejects
from tidebreak.lists.source import Source
from tidebreak.lists.spans import Spans
from tidebreak.model import HashList, ListKind, Thresholds
from tidebreak.store.database import Database
from tidebreak.store.keys import Keys
from tidebreak.store.vault import Vault

if TYPE_CHECKING:
    from tidebreak.lists.editing import Editor
    from tidebreak.lists.fingerprints import Fingerprinter


class Catalogue:
    """The lists of one installation."""

    def __init__(
        self, database: Database, keys: Keys, audit: AuditLog, *, actor: str | None = None
    ) -> None:
        """``actor`` is who the audit log says it was; by default the user of this process."""
        self._database = database
        self._audit = audit
        self._actor = actor or f"uid {os.getuid()}"
        self._vault = Vault(keys.vault_key)
        self._keys = keys
        self._lists: tuple[tuple[int, int], dict[int, HashList]] | None = None

    def import_file(
        self,
        path: Path,
        *,
        name: str,
        kind: ListKind,
        format: str | Format | None = None,
        owner: str = "",
        legal_basis: str = "",
        scheme: str = "",
        skip_bad: Path | bool = False,
        known_good_statement: str = "",
        shrink: bool = False,
        adds: bool = False,
        progress: Progress | None = None,
    ) -> ImportResult:
        """Import a list, or a newer version of the list called ``name``: all of it or nothing.

        ``format`` is a format's name, or a signal type for files of bare values. ``skip_bad``
        leaves bad lines out and writes them, with their hashes, to that file (True:
        ``<path>.rejects``). ``shrink`` lets a version withdraw most of a large list; with
        ``adds`` it withdraws nothing. Raises
        `BadList` when the file cannot be trusted as a whole, and `UsageError` when it may not
        become a list of this kind, or not this version of it.
        """
        from tidebreak.lists.importing import Import, Order

        check_name(name)
        path = Path(path)
        rejects_path = path.with_name(path.name + ".rejects") if skip_bad is True else skip_bad
        source = Source(path)
        chosen = format if isinstance(format, Format) else choose(source, format)
        if objection := chosen.refuses(kind, known_good_statement):
            raise UsageError(objection)
        rejects = Rejects(rejects_path or None, chosen.unit)
        detail = {"kind": kind.value, "format": chosen.name, "statement": known_good_statement}
        wanted = HashList(0, name, kind, owner, legal_basis, scheme)
        try:
            with (
                self._audit.around("list.import", self._actor, name, detail) as outcome,
                self._database.writing(),
            ):
                order = Order(
                    list_for(self._database, wanted), chosen, source, self._actor,
                    known_good_statement, shrink, adds,
                )  # fmt: skip
                job = Import(self._database, self._vault, self._prints, rejects, progress)
                result = job.run(order)
                count_change(self._database)
                result = replace(result, rejects_file=rejects.keep())
                outcome |= {k: v for k, v in asdict(result).items() if isinstance(v, int)}
        finally:
            rejects.discard()
        self._database.tidy()
        return result

    def lists(self) -> list[HashList]:
        """Return all lists, removed ones left out, by name."""
        return lists_of(self._database)

    def get(self, name: str) -> HashList:
        """Return the list called ``name``; raise `UsageError` when there is none."""
        for item in self.lists():
            if item.name == name:
                return item
        known = ", ".join(item.name for item in self.lists()) or "none yet"
        raise UsageError(f"There is no list called '{name}'; there are: {known}.")

    def enable(self, name: str) -> None:
        """Let the list count again, at once."""
        self._switch(name, enabled=True)

    def disable(self, name: str) -> None:
        """Let the list count no more, at once; nothing is lost."""
        self._switch(name, enabled=False)

    def remove(self, name: str, reason: str) -> None:
        """Take the list out for good: its entries stop matching at once, its data is kept."""
        item = self.get(name)
        with self._changing("list.remove", name, {"reason": reason}):
            self._database.change(
                "UPDATE list SET enabled = 0, removed_at = ?, removed_why = ? WHERE id = ?",
                (now(), reason, item.id),
            )

    def set_thresholds(self, name: str, thresholds: Thresholds) -> None:
        """Set from which distance and quality on a match means what, and who says so."""
        item = self.get(name)
        check_thresholds(thresholds)
        detail = asdict(thresholds)
        with self._changing("list.thresholds", name, detail):
            self._database.change(
                "UPDATE list SET thresholds = ? WHERE id = ?", (json.dumps(detail), item.id)
            )
            if thresholds.quality != item.thresholds.quality:
                mark_stale(self._database)  # which PDQ are compared at all depends on it

    def withdraw(self, name: str, key: str, reason: str) -> int:
        """Take entries back, at once and for newer versions too; return how many had ``key``.

        ``key`` is the owner's id, or ``#number``. Raises `UsageError` when none has it.
        """
        return self._mark("withdrawn", name, key, reason)

    def dispute(self, name: str, key: str, reason: str) -> int:
        """Mark entries as disputed; they still match, and their matches say so."""
        return self._mark("disputed", name, key, reason)

    def coverage(self, name: str) -> covering.Coverage:
        """Return what of the list can be matched here, and why the rest cannot."""
        return covering.coverage(self._database, self.get(name))

    @property
    def label(self) -> str:
        """The version of everything that counts: another one after every change."""
        return label(self._database)

    def uncertain(self) -> frozenset[int]:
        """Return the entries that decide nothing alone (`lists.derived.uncertain`)."""
        return frozenset(uncertain(self._database).tolist())

    def spaces(self, *, every: bool = False) -> frozenset[str]:
        """Return in which spaces (`SignalType.space`) enabled lists hold identifiers.

        Those of lists that count as hits, or of ``every`` list.
        """
        return covering.spaces_held(self._database, every=every)

    def entries(self, numbers: Sequence[int]) -> dict[int, EntryRecord]:
        """Return the entries with ``numbers`` as they are now, unknown ones left out."""
        return entries_of(self._database, self._known(), numbers)

    @property
    def spans(self) -> Spans:
        """Which list each entry is on."""
        return Spans.of(self._database)

    def derive(self, found: Sequence[Finding]) -> int:
        """Add the identifiers of torrents in which entries were recognised; return how many.

        They count while the entries do that they were derived from (``docs/check.md``).
        """
        if not found:
            return 0
        detail: Detail = {"torrents": len(found)}
        with (
            self._audit.around("entry.derive", self._actor, "lists", detail) as outcome,
            self._database.writing(),
        ):
            added = derive(self._database, self._vault, self._prints, found, self._actor)
            count_change(self._database)
            outcome["entries"] = added
        return added

    def origins(self, numbers: Sequence[int]) -> dict[int, list[Derivation]]:
        """Return from what those of the entries with ``numbers`` that are derived came."""
        return derivations(self._database, numbers)

    def derived(self, name: str) -> list[Derivation]:
        """Return every derivation on the list called ``name``."""
        return derived_of(self._database, self.get(name).id)

    def fields(self, number: int) -> Mapping[str, object]:
        """Return all fields of an entry that its list gives besides its signals; audited."""
        found = self.entries([number]).get(number)
        if found is None:
            raise UsageError(f"There is no entry {number}; take a number from a match.")
        self._audit.append("entry.fields", self._actor, f"{found.list.name} #{number}")
        return kept(self._database, self._vault, number).fields

    def purge(self, name: str, reason: str) -> int:
        """Erase the data of removed lists called ``name``; return how many entries that were.

        The tombstone with its reason stays. Raises `UsageError` when no such list was removed.
        """
        removed = "SELECT id FROM list WHERE name = ? AND removed_at IS NOT NULL"
        ids = [row[0] for row in self._database.rows(removed, (name,))]
        if not ids:
            raise UsageError(f"No list called '{name}' was removed; remove it before purging.")
        with self._changing("list.purge", name, {"reason": reason}):
            erased = sum(erase_entries(self._database, list_id) for list_id in ids)
            mark_stale(self._database)
        return erased

    @cached_property
    def editor(self) -> Editor:
        """What changes single entries."""
        from tidebreak.lists.editing import Editor

        return Editor(self._database, self._vault, self._prints, self._audit, self._actor)

    @cached_property
    def _prints(self) -> Fingerprinter:
        # Imported on first use: its kernels take longer to load than most commands run.
        from tidebreak.lists.fingerprints import Fingerprinter

        return Fingerprinter(self._keys.seal_key, self._keys.id_key)

    def _known(self) -> dict[int, HashList]:
        version = self._database.version()
        if self._lists is None or self._lists[0] != version:
            self._lists = (version, lists_ever(self._database))
        return self._lists[1]

    def _switch(self, name: str, *, enabled: bool) -> None:
        item = self.get(name)
        with self._changing("list.enable" if enabled else "list.disable", name):
            self._database.change(
                "UPDATE list SET enabled = ? WHERE id = ?", (int(enabled), item.id)
            )

    def _mark(
        self, what: Literal["withdrawn", "disputed"], name: str, key: str, reason: str
    ) -> int:
        item = self.get(name)
        numbers = self._numbers(item, key)
        detail = {"reason": reason, "entries": len(numbers)}
        with self._changing(f"entry.{what}", named(name, numbers), detail):
            self._database.change_many(
                f"UPDATE entry SET {what}_at = ?, {what}_why = ? WHERE number = ?",
                ((now(), reason, number) for number in numbers),
            )
        return len(numbers)

    def _numbers(self, item: HashList, key: str) -> list[int]:
        """Return the numbers of the entries on the list that are called ``key``."""
        keys, _, numbers = live_digests(self._database, item.id)
        if key.startswith("#") and key[1:].isdecimal():
            _, derived = derived_digests(self._database, item.id)
            numbers = np.concatenate((numbers, derived))
            found = numbers[numbers == int(key[1:])]
        else:
            found = numbers[keys == self._prints.key(key)]
        if not len(found):
            raise UsageError(
                f"'{item.name}' has no entry of that id; give the id of a match, such as #123."
            )
        return found.tolist()

    @contextmanager
    def _changing(self, action: str, object: str, detail: Detail | None = None) -> Generator[None]:
        """Audit a change, then make it as a whole."""
        with (
            self._audit.around(action, self._actor, object, detail),
            self._database.writing(),
        ):
            yield
            count_change(self._database)


__all__ = ["Catalogue", "EntryRecord", "ImportResult"]
