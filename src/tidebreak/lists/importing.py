"""One import from start to end: read, compare, write, retire; all of it or nothing."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from tidebreak import collector
from tidebreak.errors import BadList, UsageError
from tidebreak.lists.batch import Batch
from tidebreak.lists.blocks import live_digests
from tidebreak.lists.derived import follow, parents_of
from tidebreak.lists.difference import Difference
from tidebreak.lists.fingerprints import Fingerprinter
from tidebreak.lists.formats import Format
from tidebreak.lists.records import ImportResult, Progress, add_import
from tidebreak.lists.rejects import Rejects
from tidebreak.lists.source import Source
from tidebreak.lists.trivial import without_trivial
from tidebreak.lists.writing import EntryWriter
from tidebreak.model import HashList
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

_LARGE = 1000
"""Entries from which on a list is guarded against being withdrawn by accident."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported into which list, by whom and on what statement.

    ``adds``: entries of the list that do not arrive stay, as when more media is enrolled.
    """

    hash_list: HashList
    format: Format
    source: Source
    actor: str
    statement: str
    shrink: bool = False
    adds: bool = False


class Import:
    """Carries out one `Order` inside a transaction of the caller."""

    def __init__(
        self, database: Database, vault: Vault, prints: Fingerprinter, rejects: Rejects,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self._database = database
        self._vault = vault
        self._prints = prints
        self._rejects = rejects
        self._progress = progress

    def run(self, order: Order) -> ImportResult:
        """Carry out ``order``; raises `BadList`, after which the caller must roll back."""
        import_id = self._begin(order)
        list_id = order.hash_list.id
        difference = Difference(*live_digests(self._database, list_id), adds=order.adds)
        writer = EntryWriter(
            self._database, self._vault, hash_list=order.hash_list, import_id=import_id
        )
        dropped = 0
        with collector.paused():
            for batch in self._good_batches(order, import_id):
                batch, trivial = without_trivial(batch)
                dropped += trivial
                prints = self._prints.of(batch)
                writer.write(batch, prints, difference.claim(prints.keys, prints.contents))
                self._tell(order.source, writer, difference)
        self._rejects.refuse(order.source.path)
        result = self._finish(order, import_id, writer, difference, dropped)
        self._database.change(
            "UPDATE import SET result = ? WHERE id = ?",
            (json.dumps(asdict(result), default=str), import_id),
        )
        return result

    def _begin(self, order: Order) -> int:
        return add_import(
            self._database,
            order.hash_list.id,
            order.actor,
            order.format.name,
            name=order.source.path.name.encode("utf-8", "replace").decode(),
            sha256=order.source.sha256,
            statement=order.statement,
        )

    def _good_batches(self, order: Order, import_id: int) -> Iterator[Batch]:
        """Yield what is to be stored; once a bad row refuses the import, only count on."""
        for batch in order.format.read(order.source):
            self._rejects.add(batch.bad)
            if batch.about:
                about = json.dumps(batch.about).encode()
                sealed = self._vault.seal(f"import:{import_id}", about)
                self._database.change(
                    "UPDATE import SET about = ? WHERE id = ?", (sealed, import_id)
                )
            if len(batch) and not self._rejects.refusing:
                yield batch

    def _tell(self, source: Source, writer: EntryWriter, difference: Difference) -> None:
        if self._progress is not None:
            self._progress(source.done, source.size, writer.written + difference.unchanged)

    def _finish(
        self,
        order: Order,
        import_id: int,
        writer: EntryWriter,
        difference: Difference,
        dropped: int,
    ) -> ImportResult:
        fresh = writer.finish()
        if not fresh and not difference.unchanged:
            raise BadList(f"{order.source.path} holds no entry; to withdraw a list, remove it.")
        updated = difference.updated()
        keys, gone = difference.gone()
        withdrawn = len(keys) - updated
        if not order.shrink:
            _refuse_shrinking(order.hash_list.name, len(difference), withdrawn)
        self._carry_over(writer.first, difference)
        self._database.change_many(
            "UPDATE entry SET retired_by = ? WHERE number = ?",
            ((import_id, number) for number in gone.tolist()),
        )
        self._database.change(
            "UPDATE list SET entries = ? WHERE id = ?",
            (fresh + len(difference) - len(gone), order.hash_list.id),
        )
        return ImportResult(
            list=order.hash_list.name,
            format=order.format.name,
            added=fresh - updated,
            updated=updated,
            withdrawn=withdrawn,
            unchanged=difference.unchanged,
            duplicates=difference.duplicates(),
            dropped_trivial=dropped,
            rejected=self._rejects.count,
        )

    def _carry_over(self, first: int, difference: Difference) -> None:
        """What a person said of an entry holds for its successors: withdrawals and disputes.

        What was derived from it follows them, too.
        """
        keys, numbers = difference.gone()
        if not len(numbers):
            return
        arrived = difference.new_keys()
        keyed = dict(zip(numbers.tolist(), keys, strict=True))

        def successors(number: int) -> list[int]:
            return (first + np.flatnonzero(arrived == keyed[number])).tolist()

        for number, *said in self._touched(keyed):
            for successor in successors(number):
                self._database.change(
                    "UPDATE entry SET withdrawn_at = ?, withdrawn_why = ?, disputed_at = ?,"
                    " disputed_why = ? WHERE number = ?",
                    (*said, successor),
                )
        parents = [number for number in parents_of(self._database) if number in keyed]
        follow(self._database, {number: successors(number) for number in parents})

    def _touched(self, wanted: Container[int]) -> list[tuple[int, object, object, object, object]]:
        rows = self._database.rows(
            "SELECT number, withdrawn_at, withdrawn_why, disputed_at, disputed_why FROM entry"
            " WHERE withdrawn_at IS NOT NULL OR disputed_at IS NOT NULL"
        )
        return [row for row in rows if row[0] in wanted]


def _refuse_shrinking(name: str, entries: int, withdrawn: int) -> None:
    """A list is rarely taken back at once; the wrong file, or half of one, is given often."""
    if entries >= _LARGE and 2 * withdrawn > entries:
        raise UsageError(
            f"This version would withdraw {withdrawn:,} of the {entries:,} entries of '{name}' and"
            " was not imported; if that is meant, import it with --shrink (Python: shrink=True)."
        )
