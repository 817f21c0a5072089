"""What of a list can be matched here, and why the rest cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.lists.batch import UNKNOWN_QUALITY
from tidebreak.lists.blocks import SignalBlock, retired, signal_blocks_of
from tidebreak.model import HashList
from tidebreak.signals import SIGNAL_TYPES
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


def coverage(database: Database, hash_list: HashList) -> Coverage:
    """Return the coverage of ``hash_list`` as it is now."""
    gone = retired(database)
    values: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    covered: list[NDArray[np.uint32]] = []
    others: dict[str, list[NDArray[np.uint32]]] = {}
    quality = hash_list.thresholds.quality
    for block in signal_blocks_of(database, hash_list.id):
        live = ~np.isin(block.entries, gone)
        good = matchable(block, quality) & live
        bad = live & ~good
        values[block.type] += int(live.sum())
        compared[block.type] += int(good.sum())
        covered.append(block.entries[good])
        if bad.any():
            why = block.unmatched or f"quality below {quality}"
            reasons.setdefault(block.type, Counter())[why] += int(bad.sum())
            others.setdefault(why, []).append(block.entries[bad])
    matched = np.unique(np.concatenate(covered)) if covered else np.empty(0, np.uint32)
    unmatchable = hash_list.entries - len(matched)
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
        why=_why(matched, others, unmatchable),
    )


def _why(
    matched: NDArray[np.uint32], others: dict[str, list[NDArray[np.uint32]]], unmatchable: int
) -> tuple[tuple[str, int], ...]:
    """Count unmatchable entries by reason; one that has several is counted under the first."""
    told, counts = matched, list[tuple[str, int]]()
    for why, parts in others.items():
        entries = np.setdiff1d(np.concatenate(parts), told)
        if len(entries):
            counts.append((why, len(entries)))
            told = np.union1d(told, entries)
    silent = unmatchable - sum(count for _, count in counts)
    return (*counts, (NO_SIGNAL, silent)) if silent else tuple(counts)


def _withdrawn(database: Database, hash_list: HashList) -> int:
    row = database.row(
        "SELECT count(*) FROM entry WHERE withdrawn_at IS NOT NULL AND retired_by IS NULL"
        " AND list_id = ?",
        (hash_list.id,),
    )
    return row[0] if row else 0


def _sentence(reasons: Counter[str] | None) -> str:
    return "; ".join(f"{count:,} {why}" for why, count in reasons.items()) if reasons else ""
