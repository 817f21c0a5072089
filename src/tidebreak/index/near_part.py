"""A part of a near index: rows that stand together, with look-up tables once that pays.

Entries that are added form new parts; a part that has grown beyond an eighth of the one before
is joined with it. So there are never many parts, and an entry is rebuilt only a few times.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.index.near_tables import Tables

TABLES_FROM = 1 << 13
"""Below this many rows a scan is as fast as a look-up, and needs no tables."""
_GROWTH = 8


@dataclass(frozen=True, slots=True)
class Part:
    """Rows ``base`` to ``base + len`` of an index; ``words`` is (N, 4) uint64, spread."""

    base: int
    words: NDArray[np.uint64]
    tables: Tables | None

    def __len__(self) -> int:
        return len(self.words)


def build_part(base: int, words: NDArray[np.uint64], threads: int) -> Part:
    """Return the part over ``words``."""
    if len(words) < TABLES_FROM:
        return Part(base, words, None)
    from tidebreak.index.near_build import build_tables

    return Part(base, words, build_tables(words, threads))


def join(parts: tuple[Part, ...], words: NDArray[np.uint64]) -> tuple[Part, ...]:
    """Return the parts with ``words`` added behind them."""
    kept, together = list(parts), [words]
    size = len(words)
    while kept and (kept[-1].tables is None or size * _GROWTH > len(kept[-1])):
        last = kept.pop()
        together.insert(0, last.words)
        size += len(last)
    base = sum(len(part) for part in kept)
    return (*kept, build_part(base, np.concatenate(together), os.cpu_count() or 1))


def whole(parts: tuple[Part, ...]) -> Part:
    """Return one part with the rows of all."""
    if len(parts) == 1:
        return parts[0]
    return build_part(0, np.concatenate([part.words for part in parts]), os.cpu_count() or 1)
