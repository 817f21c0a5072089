"""One import's entries into the store, batch by batch, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.lists.batch import Batch, Column
from tidebreak.lists.fingerprints import Fingerprints
from tidebreak.lists.labels import NON_PERTINENT, no_hits
from tidebreak.lists.packing import BLOCK, pack
from tidebreak.locators import looks_like_one
from tidebreak.model import HashList
from tidebreak.signals import SignalKind
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

_MOST_ENTRIES = (1 << 32) - 1
_NEXT = "next_entry"

NOT_COMPARABLE = "this type cannot be compared here"
_LOOKED_UP_WITH = {
    "descriptor": "compared only where the model that made it is installed",
    "plugin": "compared only by the plug-in that made it, where that is installed",
    "orb": "compared only where the verified tier is switched on",
}
"""Types that stay in the vault until something is compared with them, and when that is."""

_ENTRY = """
INSERT INTO entry (number, list_id, import_id, key, classification, scheme, size)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class EntryWriter:
    """Gives entries their numbers and writes them."""

    def __init__(
        self, database: Database, vault: Vault, *, hash_list: HashList, import_id: int
    ) -> None:
        self._database = database
        self._vault = vault
        self._list = hash_list
        self._import_id = import_id
        self._next = database.meta(_NEXT) or 1
        self.first = self._next

    @property
    def written(self) -> int:
        """How many entries were written so far."""
        return self._next - self.first

    def write(self, batch: Batch, prints: Fingerprints, new: NDArray[np.bool_]) -> None:
        """Write those entries of ``batch`` that are ``new`` (bool (n,))."""
        prints = _only(batch, prints, new)
        batch = batch.only(new)
        if not len(batch):
            return
        first, self._next = self._next, self._next + len(batch)
        if self._next > _MOST_ENTRIES:
            raise UsageError("The store holds all the entries that it can number; make another.")
        # An owner's id with a digest in it is a locator: it is kept in the vault, not in the clear.
        hidden = {row: key for row, key in enumerate(batch.keys) if looks_like_one(key)}
        self._write_entries(batch, hidden, first)
        self._database.change(
            "INSERT INTO digest_block (first, import_id, count, keys, contents)"
            " VALUES (?, ?, ?, ?, ?)",
            (first, self._import_id, len(batch), prints.keys.tobytes(), prints.contents.tobytes()),
        )
        self._write_signals(batch, prints, first)
        self._write_vault(batch, prints, hidden, first)

    def finish(self) -> int:
        """Note the next free number; return how many entries were written."""
        self._database.set_meta(_NEXT, self._next)
        return self.written

    def _write_entries(self, batch: Batch, hidden: Mapping[int, str], first: int) -> None:
        count = len(batch)
        shown = batch.keys
        if hidden:
            shown = ["" if row in hidden else key for row, key in enumerate(batch.keys)]
        rows = zip(
            range(first, first + count),
            repeat(self._list.id),
            repeat(self._import_id),
            _or_repeat(shown, ""),
            _or_repeat(batch.classifications, ""),
            _or_repeat(batch.schemes, ""),
            _or_repeat(batch.sizes, None),
            strict=False,
        )
        self._database.change_many(_ENTRY, rows)

    def _write_signals(self, batch: Batch, prints: Fingerprints, first: int) -> None:
        quiet = np.zeros(len(batch), np.bool_)
        quiet[no_hits(self._list, batch.schemes, batch.classifications)] = True
        for column, seals in zip(batch.columns, prints.seals, strict=True):
            if column.type.kind is SignalKind.OPAQUE:
                data = np.empty((len(column.rows), 0), np.uint8)
                reason = _LOOKED_UP_WITH.get(column.type.name, NOT_COMPARABLE)
            else:
                data = column.values if seals is None else seals
                reason = ""
            silent = quiet[column.rows]
            for chosen, why in ((~silent, reason), (silent, NON_PERTINENT)):
                self._write_block(column.take(chosen), data[chosen], first, why)

    def _write_block(self, column: Column, data: NDArray[np.uint8], first: int, why: str) -> None:
        if not len(column.rows):
            return
        entries = column.rows + np.uint32(first)
        quality = b"" if column.quality is None else column.quality.tobytes()
        self._database.change(
            "INSERT INTO signal_block"
            " (import_id, type, unmatched, last, count, entries, data, quality)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._import_id,
                column.type.name,
                why,
                int(entries[-1]),
                len(entries),
                entries.tobytes(),
                data.tobytes(),
                quality,
            ),
        )

    def _write_vault(
        self, batch: Batch, prints: Fingerprints, hidden: Mapping[int, str], first: int
    ) -> None:
        for start in range(0, len(batch), BLOCK):
            stop = min(start + BLOCK, len(batch))
            place = first + start
            content = pack(batch, prints.fields, hidden, start, stop)
            sealed = self._vault.seal(f"entries:{place}", content)
            self._database.change(
                "INSERT INTO vault_block (first, import_id, count, sealed) VALUES (?, ?, ?, ?)",
                (place, self._import_id, stop - start, sealed),
            )


def _only(batch: Batch, prints: Fingerprints, rows: NDArray[np.bool_]) -> Fingerprints:
    if bool(rows.all()):
        return prints
    seals = tuple(
        None if sealed is None else sealed[rows[column.rows]]
        for column, sealed in zip(batch.columns, prints.seals, strict=True)
    )
    fields = [prints.fields[row] for row in np.flatnonzero(rows).tolist()] if prints.fields else ()
    return Fingerprints(seals, prints.keys[rows], prints.contents[rows], fields)


def _or_repeat(items: Sequence[object], default: object) -> Sequence[object] | repeat[object]:
    return items or repeat(default)
