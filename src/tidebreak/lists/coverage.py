"""What of a list can be matched here, and why the rest cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.batch import UNKNOWN_QUALITY
from tidebreak.lists.blocks import SignalBlock, retired_mask, signal_blocks_of
from tidebreak.model import HashList, ListKind
from tidebreak.signals import SIGNAL_TYPES, SignalKind
from tidebreak.store.database import Database

NO_SIGNAL = "no signal of a known type"


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """Signals of one type: how many, how many are compared, and why the others are not."""

    type: str
    values: int
    matchable: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A list's coverage; ``unmatchable`` entries have nothing to match by, ``why`` says why.

    ``why`` pairs each reason with its number of entries. ``withdrawn`` entries are matchable but
    were taken back one by one.
    """

    list: str
    entries: int
    unmatchable: int
    withdrawn: int
    types: tuple[TypeCoverage, ...]
    why: tuple[tuple[str, int], ...]


def matchable(block: SignalBlock, quality: int) -> NDArray[np.bool_]:
    """Return which signals of ``block`` (bool (n,)) are compared, given the least quality."""
    if block.unmatched:
        return np.zeros(len(block.entries), np.bool_)
    if block.quality is None:
        return np.ones(len(block.entries), np.bool_)
    return (block.quality == UNKNOWN_QUALITY) | (block.quality >= quality)


def spaces_held(database: Database, *, every: bool = False) -> frozenset[str]:
    """Return the spaces (`SignalType.space`) of exact signals that enabled lists hold.

    Only lists of kinds that count as hits, or ``every`` one: what only a list of benign things
    has an identifier of cannot be recognised, whatever it names.
    """
    rows = database.rows(
        "SELECT DISTINCT type, kind FROM signal_block JOIN import ON import.id = import_id"
        " JOIN list ON list.id = list_id WHERE unmatched = '' AND enabled = 1"
    )
    types = (SIGNAL_TYPES[name] for name, kind in rows if every or ListKind(kind).hits)
    return frozenset(kind.space for kind in types if kind.kind is SignalKind.EXACT)


def coverage(database: Database, hash_list: HashList) -> Coverage:
    """Return the coverage of ``hash_list`` as it is now."""
    gone = retired_mask(database)
    values: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    told = np.zeros(len(gone), np.bool_)
    silent: dict[str, NDArray[np.bool_]] = {}
    quality = hash_list.thresholds.quality
    for block in signal_blocks_of(database, hash_list.id):
        live = ~gone[block.entries]
        good = matchable(block, quality) & live
        bad = live & ~good
        values[block.type] += int(live.sum())
        compared[block.type] += int(good.sum())
        told[block.entries[good]] = True
        if bad.any():
            why = block.unmatched or f"quality below {quality}"
            reasons.setdefault(block.type, Counter())[why] += int(bad.sum())
            silent.setdefault(why, np.zeros(len(gone), np.bool_))[block.entries[bad]] = True
    unmatchable = hash_list.entries - int(told.sum())
    return Coverage(
        list=hash_list.name,
        entries=hash_list.entries,
        unmatchable=unmatchable,
        withdrawn=_withdrawn(database, hash_list),
        types=tuple(
            TypeCoverage(name, values[name], compared[name], _sentence(reasons.get(name)))
            for name in SIGNAL_TYPES
            if values[name]
        ),
        why=_why(told, silent, unmatchable),
    )


def _why(
    told: NDArray[np.bool_], silent: dict[str, NDArray[np.bool_]], unmatchable: int
) -> tuple[tuple[str, int], ...]:
    """Count unmatchable entries by reason; one that has several is counted under the first."""
    counts: list[tuple[str, int]] = []
    for why, entries in silent.items():
        counts.append((why, int((entries & ~told).sum())))
        told = told | entries
    counts.append((NO_SIGNAL, unmatchable - sum(count for _, count in counts)))
    return tuple((why, count) for why, count in counts if count)


def _withdrawn(database: Database, hash_list: HashList) -> int:
    row = database.row(
        "SELECT count(*) FROM entry WHERE withdrawn_at IS NOT NULL AND retired_by IS NULL"
        " AND list_id = ?",
        (hash_list.id,),
    )
    return row[0] if row else 0


def _sentence(reasons: Counter[str] | None) -> str:
    return "; ".join(f"{count:,} {why}" for why, count in reasons.items()) if reasons else ""
