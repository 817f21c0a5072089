"""What of a group of blocks resembles anything that has come to count: a sieve, not a verdict.

Exact signals are looked up in an index of what is new, column by column. Near hashes go the way
that costs less: those of the observations into an index in which what is new is looked up, or,
where there is little new, the other way round. Either way nothing within the distance is missed;
the matcher then judges what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tidebreak.index import ExactIndex, NearIndex
from tidebreak.lists.counting import Compared
from tidebreak.matching.near import SearchLimits
from tidebreak.places import HASH
from tidebreak.screening.blocks import SEQUENCES, VIEWS, WHOLE, Column
from tidebreak.signals import EXACT_TYPES, SEAL_SIZE, SIGNAL_TYPES

AT_ONCE = 4 << 20
"""Near hashes indexed at a time: 128 MiB of them."""

FEW = 3000
"""Hashes that have come to count up to which they are the index, and the others are looked up."""


class Columns(Protocol):
    """A block, or what can be read like one."""

    def column(self, name: str) -> Column:
        """Return the column called ``name``."""
        ...


@dataclass(slots=True)
class Candidates:
    """The rows of each block (by its place in the group) at which something was found."""

    rows: dict[int, set[int]]

    def add(self, block: int, owners: Iterable[int]) -> None:
        """Note rows of a block."""
        self.rows[block].update(owners)


class Sieve:
    """Finds candidates for ``new``, within the distances of ``reach``."""

    def __init__(self, new: Compared, reach: SearchLimits) -> None:
        self._new, self._reach = new, reach
        spaces = {SIGNAL_TYPES[name].space for name in new.types}
        self._columns = [kind.name for kind in EXACT_TYPES if kind.space in spaces]
        self._exact = ExactIndex.build(new.seals, new.seal_entries)
        # An index of the new ones may also be looked up, if they are few.
        self._few = (
            NearIndex.build(new.near.copy(), threads=1) if 0 < len(new.near) <= FEW else None
        )

    def find(self, blocks: Sequence[Columns]) -> dict[int, set[int]]:
        """Return the rows of each of ``blocks`` at which anything was found, by its place."""
        found = Candidates(defaultdict(set))
        for place, block in enumerate(blocks):
            for name in self._columns:
                column = block.column(name)
                if column.data:
                    rows, _ = self._exact.find(column.rows(SEAL_SIZE))
                    found.add(place, column.owners[rows].tolist())
        if len(self._new.near):
            self._near(blocks, WHOLE, self._reach.full, found)
            self._near(blocks, VIEWS, self._reach.views, found)
            for place, block in enumerate(blocks):
                # Frames are compared by the matcher itself: videos are few.
                found.add(place, block.column(SEQUENCES).owners.tolist())
        return {place: rows for place, rows in found.rows.items() if rows}

    def _near(self, blocks: Sequence[Columns], name: str, radius: int, found: Candidates) -> None:
        waiting: list[tuple[int, Column]] = []
        count = 0
        for place, block in enumerate(blocks):
            column = block.column(name)
            if not column.data:
                continue
            waiting.append((place, column))
            count += len(column.owners)
            if count >= AT_ONCE:
                self._search(waiting, radius, found)
                waiting, count = [], 0
        if waiting:
            self._search(waiting, radius, found)

    def _search(
        self, columns: Sequence[tuple[int, Column]], radius: int, found: Candidates
    ) -> None:
        hashes = np.concatenate([column.rows(HASH) for _, column in columns])
        if self._few is not None:
            rows = np.unique(self._few.search(hashes, radius)[0])
        else:
            made = NearIndex.build(hashes, threads=1, consume=True)
            rows = np.unique(made.search(self._new.near, radius)[1])
        starts = np.cumsum([0, *(len(column.owners) for _, column in columns)])
        for number, (place, column) in enumerate(columns):
            own = rows[(rows >= starts[number]) & (rows < starts[number + 1])] - starts[number]
            found.add(place, column.owners[own].tolist())
