"""What would be a hit now, by its seals: for those who hand out digests of what is known.

A signal is live while it is compared at all and its entry counts: on an enabled list of a kind
that has hits, neither withdrawn nor replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.blocks import data_of, retired_mask, signal_blocks
from tidebreak.lists.derived import uncertain
from tidebreak.lists.records import lists_of
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType
from tidebreak.store.database import Database


@dataclass(frozen=True, slots=True)
class LiveSeals:
    """Seals of one type: uint8 (n, 16), and which of them decide alone: bool (n,)."""

    type: SignalType
    seals: NDArray[np.uint8]
    certain: NDArray[np.bool_]


def live_seals(database: Database) -> Iterator[LiveSeals]:
    """Yield the live exact signals of each import; the same seal may come again.

    Certain are those of a strong type, except of entries that decide nothing alone
    (`tidebreak.lists.derived.uncertain`).
    """
    counting = {item.id for item in lists_of(database) if item.enabled and item.kind.hits}
    gone = retired_mask(database)
    _mark(database, gone, "SELECT number FROM entry WHERE withdrawn_at IS NOT NULL")
    weak = np.zeros(len(gone), np.bool_)
    weak[uncertain(database)] = True
    for block in signal_blocks(database):
        kind = SIGNAL_TYPES[block.type]
        if kind.kind is not SignalKind.EXACT or block.unmatched or block.list not in counting:
            continue
        rows = ~gone[block.entries]
        certain = ~weak[block.entries[rows]] & kind.strong
        yield LiveSeals(kind, data_of(database, block)[rows], certain)


def _mark(database: Database, mask: NDArray[np.bool_], query: str) -> None:
    numbers = np.fromiter((row[0] for row in database.stream(query)), np.uint32)
    mask[numbers] = True
