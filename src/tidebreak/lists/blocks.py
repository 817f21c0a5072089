"""Packed blocks of the store as arrays: digests, signals, and the vault's content."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Damaged
from tidebreak.lists.batch import Digests
from tidebreak.lists.labels import NON_PERTINENT
from tidebreak.lists.packing import Kept, unpack, unpack_columns
from tidebreak.lists.records import lists_of
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


@dataclass(frozen=True, slots=True)
class SignalBlock:
    """Signals of one type of one import.

    ``unmatched`` says why they are not compared, empty when they are. ``entries``: uint32 (n,).
    ``quality``: uint8 (n,), 255 unknown, or None.
    """

    id: int
    list: int
    type: str
    unmatched: str
    entries: NDArray[np.uint32]
    quality: NDArray[np.uint8] | None


_BLOCKS = """
SELECT signal_block.id, import.list_id, type, unmatched, entries, quality
FROM signal_block JOIN import ON import.id = import_id
"""


def signal_blocks(database: Database, *, after: int = 0) -> Iterator[SignalBlock]:
    """Yield the blocks with entries above ``after``, without their data."""
    yield from _signal_blocks(database, "WHERE last > ? ORDER BY signal_block.id", after)


def signal_blocks_of(database: Database, list_id: int) -> Iterator[SignalBlock]:
    """Yield the blocks of one list as its owner gave it, without their data."""
    where = "WHERE import.list_id = ? AND import.format != 'derived'"
    yield from _signal_blocks(database, where, list_id)


def _signal_blocks(database: Database, where: str, value: int) -> Iterator[SignalBlock]:
    for id, list_id, kind, unmatched, entries, quality in database.rows(_BLOCKS + where, (value,)):
        yield SignalBlock(
            id,
            list_id,
            kind,
            unmatched,
            np.frombuffer(entries, np.uint32),
            np.frombuffer(quality, np.uint8) if quality else None,
        )


def data_of(database: Database, block: SignalBlock) -> NDArray[np.uint8]:
    """Return the seals (n, 16) or hashes (n, 32) of ``block``."""
    row = database.row("SELECT data FROM signal_block WHERE id = ?", (block.id,))
    data = np.frombuffer(row[0] if row else b"", np.uint8)
    return data.reshape(len(block.entries), -1)


def retired(database: Database) -> NDArray[np.uint32]:
    """Return the numbers of all entries that a newer version replaced or left out, ascending.

    Derived entries are among them when all that they were derived from ceased to count.
    """
    rows = database.stream(
        "SELECT number FROM entry WHERE retired_by IS NOT NULL UNION SELECT entry FROM orphan"
        " ORDER BY 1"
    )
    return np.fromiter((row[0] for row in rows), np.uint32)


def retired_mask(database: Database) -> NDArray[np.bool_]:
    """Return for every entry number whether `retired` holds for it; bool (numbers given,)."""
    mask = np.zeros(database.meta("next_entry") or 1, np.bool_)
    mask[retired(database)] = True
    return mask


def live_digests(database: Database, list_id: int) -> tuple[Digests, Digests, NDArray[np.uint32]]:
    """Return keys, contents and numbers of the entries that are on a list now.

    Derived ones are left out: a newer version of the list says nothing of them.
    """
    keys, contents, numbers = _digests(database, list_id, "!=")
    live = ~retired_mask(database)[numbers]
    if live.all():
        return keys, contents, numbers
    return keys[live], contents[live], numbers[live]


def derived_digests(database: Database, list_id: int) -> tuple[Digests, NDArray[np.uint32]]:
    """Return keys and numbers of all entries of a list that were derived, live or not."""
    keys, _, numbers = _digests(database, list_id, "=")
    return keys, numbers


def _digests(
    database: Database, list_id: int, derived: str
) -> tuple[Digests, Digests, NDArray[np.uint32]]:
    rows = database.rows(
        "SELECT first, count, keys, contents FROM digest_block JOIN import ON import.id = import_id"
        f" WHERE list_id = ? AND format {derived} 'derived' ORDER BY first",
        (list_id,),
    )
    keys = np.frombuffer(b"".join(row[2] for row in rows), "S16")
    contents = np.frombuffer(b"".join(row[3] for row in rows), "S16")
    spans = [np.arange(row[0], row[0] + row[1], dtype=np.uint32) for row in rows]
    numbers = np.concatenate(spans) if spans else np.empty(0, np.uint32)
    return keys, contents, numbers


def kept(database: Database, vault: Vault, number: int) -> Kept:
    """Return what the vault keeps of entry ``number``; raise `Damaged` when it is not there."""
    row = database.row(
        "SELECT first, count, sealed FROM vault_block WHERE first <= ? ORDER BY first DESC LIMIT 1",
        (number,),
    )
    if row is None or number >= row[0] + row[1]:
        raise Damaged(f"The vault has nothing of entry {number}; restore the store.")
    return unpack(vault.open(f"entries:{row[0]}", row[2]), number - row[0])


def kept_values(
    database: Database, vault: Vault, kind: str
) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint8]]]:
    """Yield entries (n,) and values (n, width) of the signals of type ``kind`` in the vault.

    Those of entries that a newer version replaced, of removed lists, and those that never may be
    a hit are left out.
    """
    gone = retired_mask(database)
    there = {item.id for item in lists_of(database)}
    wanted = [
        block.entries[~gone[block.entries]]
        for block in signal_blocks(database)
        if block.type == kind and block.list in there and block.unmatched != NON_PERTINENT
    ]
    if not wanted:
        return
    entries = np.unique(np.concatenate(wanted))
    for first in _blocks_with(database, entries):
        row = database.row("SELECT sealed FROM vault_block WHERE first = ?", (first,))
        for column in unpack_columns(vault.open(f"entries:{first}", row[0] if row else b"")):
            numbers = column.rows + np.uint32(first)
            chosen = np.isin(numbers, entries)
            if column.type.name == kind and chosen.any():
                yield numbers[chosen], column.values[chosen]


def _blocks_with(database: Database, entries: NDArray[np.uint32]) -> list[int]:
    """Return the first entries of the vault's blocks that hold any of ``entries``."""
    rows = database.rows("SELECT first FROM vault_block ORDER BY first")
    firsts = np.array([row[0] for row in rows], np.uint32)
    places = np.searchsorted(firsts, entries, side="right") - 1
    return firsts[np.unique(places[places >= 0])].tolist()
