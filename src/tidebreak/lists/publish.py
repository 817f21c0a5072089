"""From the store to the index: the newest snapshot with what came after it on top.

What is compared: seals of exact signals and PDQ hashes of entries on lists that were not
removed, except entries that a newer version replaced, signals that never may be a hit, and PDQ
below the least quality of its list. Disabled lists and withdrawn entries stay in, so that they
count again at once; whoever matches asks the catalogue whether an entry counts now.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Busy, Damaged, TidebreakError
from tidebreak.index import Snapshot
from tidebreak.index.snapshot import publishing
from tidebreak.index.snapshot_files import forget_older, newest
from tidebreak.lists.blocks import SignalBlock, data_of, retired_mask, signal_blocks
from tidebreak.lists.coverage import matchable
from tidebreak.lists.records import lists_of, stale
from tidebreak.places import HASH, places_of
from tidebreak.signals import SEAL_SIZE, SIGNAL_TYPES, SignalKind
from tidebreak.store.database import Database

LARGE_DELTA = 100_000
"""Signals above which a delta becomes a new snapshot."""

_PATIENCE_SECONDS = 300.0


_Rows = tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint32]]
"""Seals or hashes (n, width), their entries (n,) and, for hashes, places (n,)."""


def version(database: Database) -> tuple[int, int]:
    """Return a value that changes whenever `current` would return something else."""
    return _newest(database), stale(database)


def current(database: Database, root: Path) -> Snapshot:
    """Return everything matchable now: the newest snapshot below ``root`` and its delta.

    A new one is made where there is none, where it is stale or another store's, and where the
    delta is large. Raises `Damaged` when the newest snapshot is not intact.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        snapshot = _open(database, root)
        if snapshot is not None:
            return _brought_up(database, root, snapshot)
        try:
            made = rebuild(database, root)
            forget_older(root)  # what was marked may be what somebody erased, elsewhere perhaps
            return made
        except Busy:  # what the other process makes will do
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def rebuild(database: Database, root: Path) -> Snapshot:
    """Publish a new snapshot of everything matchable and return it.

    Raises `Busy` while another process publishes, `TidebreakError` when it cannot be written.
    """
    try:
        with publishing(root) as made, database.reading():
            # One after the other: ten million of each must not be in memory at a time.
            made.near(*_gather(database, near=True), consume=True)
            made.exact(*_gather(database, near=False)[:2])
            made.finish(_newest(database), _origin(database))
    except OSError as error:
        raise TidebreakError(
            f"The index below {root} cannot be written ({error.strerror}); make room there or"
            " correct its permissions, and the next look-up will make it."
        ) from None
    snapshot = Snapshot.open(root)
    assert snapshot is not None
    return snapshot


def _open(database: Database, root: Path) -> Snapshot | None:
    """Return the newest snapshot; None when it says nothing of this store as it is."""
    try:
        snapshot = Snapshot.open(root)
    except Damaged as error:
        raise _with_remedy(error, newest(root)) from None
    if snapshot is None or not _covers_this(database, snapshot):
        return None
    return snapshot


def verify(snapshot: Snapshot) -> None:
    """Compare ``snapshot`` with its checksums in full; raise `Damaged`."""
    try:
        snapshot.verify()
    except Damaged as error:
        raise _with_remedy(error, snapshot.path) from None


def _with_remedy(error: Damaged, folder: Path | None) -> Damaged:
    return Damaged(
        f"{str(error).partition(';')[0]}; remove the folder {folder}: the next look-up makes the"
        " index anew from the store."
    )


def _brought_up(database: Database, root: Path, snapshot: Snapshot) -> Snapshot:
    if _newest(database) <= snapshot.covers:
        return snapshot
    if _added(database, snapshot.covers) > LARGE_DELTA:
        try:
            return rebuild(database, root)
        except TidebreakError:  # a delta does the same, if more slowly
            pass
    with database.reading():
        near, exact = (_gather(database, near=n, after=snapshot.covers) for n in (True, False))
    return snapshot.with_delta(*near, *exact[:2])


def _added(database: Database, after: int) -> int:
    row = database.row(
        "SELECT coalesce(sum(count), 0) FROM signal_block WHERE last > ? AND unmatched = ''",
        (after,),
    )
    return row[0] if row else 0


_MARK = " mark "
_ORIGIN = "SELECT id || ' ' || imported_at || ' ' || file_sha256 AS origin FROM import"


def _origin(database: Database) -> str:
    """Name the newest import, by which numbers up to it mean the same, and the last `stale`."""
    row = database.row(f"{_ORIGIN} ORDER BY id DESC LIMIT 1")
    return f"{row[0] if row else ''}{_MARK}{stale(database)}"


def _covers_this(database: Database, snapshot: Snapshot) -> bool:
    """Whether ``snapshot`` was made from this store as it is marked now.

    Not so from one that a backup has replaced, or before the last mark, on this replica or another.
    """
    origin, _, mark = snapshot.origin.partition(_MARK)
    if int(mark or 0) != stale(database):
        return False
    told = f"SELECT 1 FROM ({_ORIGIN}) AS told WHERE origin = ?"
    return not snapshot.covers or database.row(told, (origin,)) is not None


def _newest(database: Database) -> int:
    return (database.meta("next_entry") or 1) - 1


def _gather(database: Database, *, near: bool, after: int = 0) -> _Rows:
    """Return what is compared of all entries above ``after``: near hashes, or else seals."""
    return _collect(database, _chosen(database, near, after), HASH if near else SEAL_SIZE)


def _chosen(
    database: Database, near: bool, after: int
) -> list[tuple[SignalBlock, NDArray[np.bool_]]]:
    gone = retired_mask(database)
    quality = {item.id: item.thresholds.quality for item in lists_of(database)}
    return [
        (block, rows)
        for block in signal_blocks(database, after=after)
        if block.list in quality and not block.unmatched and _is_near(block) is near
        for rows in [
            matchable(block, quality[block.list]) & (block.entries > after) & ~gone[block.entries]
        ]
    ]


def _is_near(block: SignalBlock) -> bool:
    return SIGNAL_TYPES[block.type].kind is SignalKind.NEAR


def _collect(
    database: Database, blocks: list[tuple[SignalBlock, NDArray[np.bool_]]], width: int
) -> _Rows:
    """Return the chosen rows.

    Filled in place: ten million values must not be in memory twice.
    """
    count = sum(int(rows.sum()) for _, rows in blocks)
    values = np.empty((count, width), np.uint8)
    entries = np.empty(count, np.uint32)
    places = np.zeros(count, np.uint32)
    start = 0
    for block, rows in blocks:
        end = start + int(rows.sum())
        data = data_of(database, block)[rows]
        values[start:end] = data[:, -width:]
        entries[start:end] = block.entries[rows]
        if data.shape[1] > width:
            places[start:end] = places_of(data)
        start = end
    return values, entries, places
