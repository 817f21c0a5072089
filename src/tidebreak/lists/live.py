"""What would be a hit now, by its seals: for those who hand out digests of what is known.

A signal is live while it is compared at all and its entry counts: on an enabled list of a kind
that has hits, neither withdrawn nor replaced.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Damaged
from tidebreak.hashing.seals import Sealer
from tidebreak.index import ExactIndex
from tidebreak.lists.blocks import data_of, kept_values, retired_mask, signal_blocks
from tidebreak.lists.derived import uncertain
from tidebreak.lists.records import lists_of
from tidebreak.signals import SIGNAL_TYPES, SignalKind, SignalType
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


@dataclass(frozen=True, slots=True)
class LiveSeals:
    """Seals of one type, each once: uint8 (n, 16), and which of them decide alone: bool (n,)."""

    type: SignalType
    seals: NDArray[np.uint8]
    certain: NDArray[np.bool_]

    def where(self, mask: NDArray[np.bool_]) -> LiveSeals:
        """Return those for which ``mask`` (n,) is set."""
        return LiveSeals(self.type, self.seals[mask], self.certain[mask])


@dataclass(frozen=True, slots=True)
class LiveValues:
    """Values of one type as the vault has them, uint8 (n, width), beside their seals."""

    of: LiveSeals
    values: NDArray[np.uint8]


def live_seals(database: Database) -> list[LiveSeals]:
    """Return the live exact signals, by type.

    Certain are those of a strong type, except of entries that decide nothing alone
    (`tidebreak.lists.derived.uncertain`).
    """
    parts: dict[SignalType, list[LiveSeals]] = defaultdict(list)
    for part in _live_blocks(database):
        parts[part.type].append(part)
    return [
        LiveSeals(kind, *distinct(
            np.concatenate([part.seals for part in own]),
            np.concatenate([part.certain for part in own]),
        ))
        for kind, own in parts.items()
    ]  # fmt: skip


def live_values(
    database: Database, vault: Vault, sealer: Sealer, wanted: Sequence[LiveSeals]
) -> Iterator[LiveValues]:
    """Yield the values behind ``wanted``, each once, block by block of the vault.

    Raises `Damaged` at the end when the vault lacks any of them: none may be missed.
    """
    lacking = 0
    for one in wanted:
        left = np.ones(len(one.seals), np.bool_)
        index = ExactIndex.build(one.seals, np.arange(len(one.seals), dtype=np.uint32))
        for _, values in kept_values(database, vault, one.type.name) if len(left) else ():
            queries, rows = index.find(sealer.seal_many(one.type, values))
            rows, first = np.unique(rows, return_index=True)
            new = left[rows]
            left[rows] = False
            if new.any():
                found = LiveSeals(one.type, one.seals[rows[new]], one.certain[rows[new]])
                yield LiveValues(found, values[queries[first[new]]])
        lacking += int(left.sum())
    if lacking:
        raise Damaged(
            f"The vault lacks {lacking} values that the lists count; restore the store from a"
            " backup."
        )


def distinct(
    digests: NDArray[np.uint8], certain: NDArray[np.bool_]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return each of ``digests`` (n, 16) once, ascending; certain is what is so at any place."""
    words = digests.view(">u8").astype(np.uint64)
    order = np.lexsort((words[:, 1], words[:, 0]))
    words, certain = words[order], certain[order]
    new = np.ones(len(words), np.bool_)
    new[1:] = (words[1:] != words[:-1]).any(axis=1)
    any_certain = np.zeros(int(new.sum()), np.bool_)
    any_certain[np.cumsum(new)[certain] - 1] = True
    return np.ascontiguousarray(words[new].astype(">u8")).view(np.uint8), any_certain


def _live_blocks(database: Database) -> Iterator[LiveSeals]:
    """Yield what is live of each import; the same seal may come again."""
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
