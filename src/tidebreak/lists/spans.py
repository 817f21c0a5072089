"""On which list each entry is, for a million entries at a time and without asking for any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tidebreak.store.database import Database


@dataclass(frozen=True, slots=True)
class Spans:
    """Runs of entries as imports brought them: first numbers, ascending, and their lists (n,)."""

    firsts: NDArray[np.int64]
    lists: NDArray[np.int64]

    @classmethod
    def of(cls, database: Database) -> Self:
        """Return all runs that are in the store."""
        rows = database.rows(
            "SELECT first, list_id FROM digest_block JOIN import ON import.id = import_id"
            " ORDER BY first"
        )
        table = np.array(rows, np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1])

    def lists_of(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the list of each of ``entries`` (n,), -1 where it is on none."""
        places = np.searchsorted(self.firsts, entries, side="right") - 1
        if not len(self.lists):
            return np.full(len(entries), -1, np.int64)
        return np.where(places >= 0, self.lists[np.maximum(places, 0)], -1)
