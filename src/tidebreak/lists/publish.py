"""From the store to the index: the newest snapshot with what came after it on top.

What is compared: seals of exact signals and PDQ hashes of entries on lists that were not
removed, except entries that a newer version replaced, signals that never may be a hit, and PDQ
below the least quality of its list. Disabled lists and withdrawn entries stay in, so that they
count again at once; whoever matches asks the catalogue whether an entry counts now.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.index import Snapshot
from tidebreak.lists.blocks import SignalBlock, data_of, retired_mask, signal_blocks
from tidebreak.lists.coverage import matchable
from tidebreak.lists.records import clear_stale, lists_of, stale
from tidebreak.store.database import Database

LARGE_DELTA = 100_000
"""Signals above which a delta becomes a new snapshot."""

_NEAR = "pdq"


@dataclass(frozen=True, slots=True)
class _Signals:
    near_hashes: NDArray[np.uint8]
    near_entries: NDArray[np.uint32]
    near_quality: NDArray[np.uint8]
    seals: NDArray[np.uint8]
    seal_entries: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.near_entries) + len(self.seal_entries)


def current(database: Database, root: Path) -> Snapshot:
    """Return everything matchable now: the newest snapshot below ``root`` and its delta.

    Raises `Damaged` when the newest snapshot is not intact.
    """
    snapshot = Snapshot.open(root)
    if snapshot is None or stale(database):
        return _rebuild(database, root)
    if _newest(database) <= snapshot.covers:
        return snapshot
    return _with_delta(snapshot, _gather(database, after=snapshot.covers))


def refresh(database: Database, root: Path, *, force: bool = False) -> Snapshot:
    """Return what `current` does, having made a new snapshot where the delta is large."""
    snapshot = Snapshot.open(root)
    if force or snapshot is None or stale(database):
        return _rebuild(database, root)
    if _newest(database) <= snapshot.covers:
        return snapshot
    delta = _gather(database, after=snapshot.covers)
    return _rebuild(database, root) if len(delta) > LARGE_DELTA else _with_delta(snapshot, delta)


def _with_delta(snapshot: Snapshot, delta: _Signals) -> Snapshot:
    return snapshot.with_delta(
        delta.near_hashes, delta.near_entries, delta.seals, delta.seal_entries
    )


def _rebuild(database: Database, root: Path) -> Snapshot:
    seen = stale(database)
    with database.reading():
        covers = _newest(database)
        signals = _gather(database, after=0)
    snapshot = Snapshot.publish(
        root,
        near_hashes=signals.near_hashes,
        near_entries=signals.near_entries,
        near_quality=signals.near_quality,
        seals=signals.seals,
        seal_entries=signals.seal_entries,
        covers=covers,
    )
    clear_stale(database, seen)
    return snapshot


def _newest(database: Database) -> int:
    return (database.meta("next_entry") or 1) - 1


def _gather(database: Database, *, after: int) -> _Signals:
    """Return what is compared of all entries above ``after``."""
    chosen = _chosen(database, after)
    near = [(block, rows) for block, rows in chosen if block.type == _NEAR]
    exact = [(block, rows) for block, rows in chosen if block.type != _NEAR]
    hashes, hash_entries, quality = _collect(database, near, 32)
    seals, seal_entries, _ = _collect(database, exact, 16)
    return _Signals(hashes, hash_entries, quality, seals, seal_entries)


def _chosen(database: Database, after: int) -> list[tuple[SignalBlock, NDArray[np.bool_]]]:
    gone = retired_mask(database)
    quality = {item.id: item.thresholds.quality for item in lists_of(database)}
    return [
        (block, rows)
        for block in signal_blocks(database, after=after)
        if block.list in quality and not block.unmatched
        for rows in [
            matchable(block, quality[block.list]) & (block.entries > after) & ~gone[block.entries]
        ]
    ]


def _collect(
    database: Database, blocks: list[tuple[SignalBlock, NDArray[np.bool_]]], width: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint8]]:
    """Return values (n, width), entries (n,) and quality (n,) of the chosen rows.

    Filled in place: ten million values must not be in memory twice.
    """
    count = sum(int(rows.sum()) for _, rows in blocks)
    values = np.empty((count, width), np.uint8)
    entries = np.empty(count, np.uint32)
    quality = np.full(count, 255, np.uint8)
    place = 0
    for block, rows in blocks:
        end = place + int(rows.sum())
        values[place:end] = data_of(database, block)[rows]
        entries[place:end] = block.entries[rows]
        if block.quality is not None:
            quality[place:end] = block.quality[rows]
        place = end
    return values, entries, quality
