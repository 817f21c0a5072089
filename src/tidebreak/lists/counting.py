"""What has come to count since: for those who compare a new list with what was seen before.

Something comes to count when it is new, when its list is switched on or its thresholds are
changed, and when it was withdrawn and is let count again. What was taken back by an allow list, or
held for a dispute, comes to count when that ends.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.blocks import (
    SignalBlock,
    data_of,
    retired_mask,
    signal_blocks,
    signal_blocks_of,
)
from tidebreak.lists.coverage import matchable
from tidebreak.lists.records import label, lists_of
from tidebreak.model import HashList, ListKind
from tidebreak.places import HASH, places_of
from tidebreak.signals import SEAL_SIZE, SIGNAL_TYPES, SignalKind
from tidebreak.store.database import Database

_Item = TypeVar("_Item", np.uint8, np.uint32)

_TAKEN_BACK = (
    "SELECT number FROM entry WHERE withdrawn_at IS NOT NULL UNION SELECT entry FROM orphan"
    " ORDER BY 1"
)
_DISPUTED = "SELECT number FROM entry WHERE disputed_at IS NOT NULL ORDER BY 1"


@dataclass(frozen=True, slots=True)
class Listing:
    """What counts as a hit at one moment.

    ``changes`` counts the changes of all lists up to it, ``covers`` is the highest entry number.
    ``lists`` says by id how each list counts that does; ``taken_back`` are the entries (n,)
    that do not although their list does. ``softened`` stands for everything that makes less of a
    hit: entries that allow lists vouch by, and entries that are disputed.
    """

    changes: int
    covers: int
    lists: dict[int, str]
    taken_back: NDArray[np.uint32]
    softened: str = ""

    @property
    def version(self) -> str:
        """The catalogue's label of that moment."""
        return f"{self.changes}.{self.covers}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of some entries: arrays as `tidebreak.index.Snapshot.with_delta` takes.

    ``types`` are those of the exact signals; ``lists`` those that the entries are on.
    """

    near: NDArray[np.uint8]
    near_entries: NDArray[np.uint32]
    near_places: NDArray[np.uint32]
    seals: NDArray[np.uint8]
    seal_entries: NDArray[np.uint32]
    types: frozenset[str]
    lists: tuple[HashList, ...]

    def __len__(self) -> int:
        """How many signals there are."""
        return len(self.near) + len(self.seals)


def listing(database: Database) -> Listing:
    """Return what counts now."""
    with database.reading():
        changes, covers = map(int, label(database).split("."))
        lists = {item.id: _how(item) for item in _counting(database)}
        taken = _numbers(database, _TAKEN_BACK)
        return Listing(changes, covers, lists, taken, _softened(database, taken))


def came_to_count(
    database: Database, before: Listing | None, names: Collection[str] = ()
) -> NDArray[np.bool_]:
    """Return for every entry number whether it counts now and did not ``before``; bool (n,).

    With ``names`` it is every entry of those lists, whatever was before.
    """
    gone = retired_mask(database)
    gone[_numbers(database, _TAKEN_BACK)] = True
    lists = {item.id: item for item in _counting(database)}
    wanted = np.zeros(len(gone), np.bool_)
    for block in signal_blocks(database):
        if block.list in lists:
            wanted[block.entries] |= _new(block, lists[block.list], before, names)
    return wanted & ~gone


def compared(database: Database, wanted: NDArray[np.bool_]) -> Compared:
    """Return what is compared of the entries that are ``wanted``, bool (numbers given,)."""
    quality = {item.id: item.thresholds.quality for item in lists_of(database)}
    near: list[tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.uint32]]] = []
    exact: list[tuple[NDArray[np.uint8], NDArray[np.uint32]]] = []
    types: set[str] = set()
    on: set[int] = set()
    for block in signal_blocks(database):
        if block.list not in quality or block.unmatched:
            continue
        rows = matchable(block, quality[block.list]) & wanted[block.entries]
        if not rows.any():
            continue
        on.add(block.list)
        data, entries = data_of(database, block)[rows], block.entries[rows]
        if SIGNAL_TYPES[block.type].kind is SignalKind.NEAR:
            near.append((data[:, -HASH:], entries, places_of(data)))
        else:
            types.add(block.type)
            exact.append((data, entries))
    lists = tuple(item for item in lists_of(database) if item.id in on)
    return Compared(
        _joined([one[0] for one in near], np.empty((0, HASH), np.uint8)),
        _joined([one[1] for one in near], np.empty(0, np.uint32)),
        _joined([one[2] for one in near], np.empty(0, np.uint32)),
        _joined([one[0] for one in exact], np.empty((0, SEAL_SIZE), np.uint8)),
        _joined([one[1] for one in exact], np.empty(0, np.uint32)),
        frozenset(types),
        lists,
    )


def _new(
    block: SignalBlock, item: HashList, before: Listing | None, names: Collection[str]
) -> NDArray[np.bool_]:
    if names:
        return np.full(len(block.entries), item.name in names)
    if before is None or before.lists.get(item.id) != _how(item):
        return np.ones(len(block.entries), np.bool_)
    return (block.entries > before.covers) | np.isin(block.entries, before.taken_back)


def _counting(database: Database) -> list[HashList]:
    return [item for item in lists_of(database) if item.enabled and item.kind.hits]


def _softened(database: Database, taken: NDArray[np.uint32]) -> str:
    disputed = _numbers(database, _DISPUTED)
    found = hashlib.blake2b(disputed.tobytes(), digest_size=16)
    vouching = list(_vouching(database))
    if vouching:
        vouch = np.zeros(database.meta("next_entry") or 1, np.bool_)
        vouch[np.concatenate(vouching)] = True
        vouch &= ~retired_mask(database)
        vouch[taken] = vouch[disputed] = False
        found.update(b"|" + np.flatnonzero(vouch).astype(np.uint32).tobytes())
    return found.hexdigest()


def _vouching(database: Database) -> Iterator[NDArray[np.uint32]]:
    for item in lists_of(database):
        if item.enabled and item.kind is ListKind.ALLOW:
            yield from (block.entries for block in signal_blocks_of(database, item.id))


def _numbers(database: Database, query: str) -> NDArray[np.uint32]:
    return np.fromiter((row[0] for row in database.stream(query)), np.uint32)


def _how(item: HashList) -> str:
    """Return what decides from when on something resembles an entry of a list."""
    limits = asdict(item.thresholds)
    kept = {name: limits[name] for name in ("near", "possible", "lead", "quality", "depth")}
    return json.dumps(kept, sort_keys=True)


def _joined(parts: list[NDArray[_Item]], none: NDArray[_Item]) -> NDArray[_Item]:
    return np.concatenate(parts) if parts else none
