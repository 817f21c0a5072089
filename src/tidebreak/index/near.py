"""`NearIndex`: exact search within a Hamming distance over 256-bit hashes."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.index import near_choice, near_files
from tidebreak.index.arguments import check_hashes, check_radius, check_threads
from tidebreak.index.near_part import Part, build_part, join, whole
from tidebreak.index.packing import Found, unpack
from tidebreak.index.spread import gathered, spread

MOST_ROWS = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class _State:
    """What a search sees; a change makes a new one, so that searches need no lock."""

    parts: tuple[Part, ...]
    withdrawn: NDArray[np.bool_] | None = None

    @property
    def count(self) -> int:
        return sum(len(part) for part in self.parts)


class NearIndex:
    """Entries are numbered from 0 in the order in which they came; numbers never change.

    A search is exact: it finds every entry within the radius, and nothing else
    (`tidebreak.index.plan` has the proof). Any number of threads may search at a time, also
    while another adds or withdraws; a search sees all of a change or nothing of it.
    """

    def __init__(self, state: _State, file: near_files.NearFile | None = None) -> None:
        self._state = state
        self._file = file
        self._changing = threading.Lock()

    @classmethod
    def build(
        cls, hashes: NDArray[np.uint8], *, threads: int | None = None, consume: bool = False
    ) -> NearIndex:
        """Return the index over ``hashes`` (N, 32) uint8; ``threads`` defaults to the cores.

        ``consume`` lets the index write over ``hashes`` and keep them, which saves their room.
        """
        words = spread(check_hashes(hashes).view(np.uint64), in_place=consume)
        _check_room(len(words))
        return cls(_State((build_part(0, words, threads or os.cpu_count() or 1),)))

    def __len__(self) -> int:
        """The number of entries, withdrawn ones included: the next entry's row."""
        return self._state.count

    def search(self, queries: NDArray[np.uint8], radius: int, *, threads: int = 1) -> Found:
        """Return all entries within ``radius`` (0-256) of each of ``queries`` (Q, 32) uint8.

        The result is (query rows, entry rows, distances), all int64 and of one length, ordered
        by query, then distance, then entry row. ``threads`` share the queries. Raises
        `UsageError`.
        """
        words, radius, threads = _words(queries), check_radius(radius), check_threads(threads)
        state = self._state
        found = [_search_part(part, words, radius, threads) for part in state.parts]
        rows = _ordered(found)
        return rows if state.withdrawn is None else _without(rows, state.withdrawn)

    def hashes(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return the hashes (N, 32) uint8 of the entries at ``rows`` (N,); for few of them."""
        words = np.empty((len(rows), 4), np.uint64)
        for part in self._state.parts:
            inside = (rows >= part.base) & (rows < part.base + len(part))
            words[inside] = part.words[rows[inside] - part.base]
        return gathered(words).view(np.uint8)

    def add(self, hashes: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Add ``hashes`` (N, 32) uint8 and return their rows; they are found from now on.

        Costs what the new entries cost, now and then also what a few times as many cost.
        """
        words = _words(hashes)
        with self._changing:
            state = self._state
            base = state.count
            _check_room(base + len(words))
            withdrawn = state.withdrawn
            if withdrawn is not None:
                withdrawn = np.concatenate([withdrawn, np.zeros(len(words), np.bool_)])
            self._state = _State(join(state.parts, words), withdrawn)
        return np.arange(base, base + len(words))

    def withdraw(self, rows: NDArray[Any]) -> None:
        """Let the entries at ``rows`` never be found again; raises `UsageError`."""
        with self._changing:
            state = self._state
            chosen = np.asarray(rows)
            if chosen.size and not (
                chosen.dtype.kind in "iu" and chosen.min() >= 0 and chosen.max() < state.count
            ):
                raise UsageError(f"Rows to withdraw must be integers from 0 to {state.count - 1}.")
            old = state.withdrawn
            withdrawn = np.zeros(state.count, np.bool_) if old is None else old.copy()
            withdrawn[chosen.astype(np.intp)] = True
            self._state = replace(state, withdrawn=withdrawn)

    def save(self, path: Path | str) -> None:
        """Write the index to one file; what was there before is replaced when all is written."""
        with self._changing:
            part = whole(self._state.parts)
            self._state = replace(self._state, parts=(part,))
            withdrawn = self._state.withdrawn
        gone = np.empty(0, np.int64) if withdrawn is None else np.flatnonzero(withdrawn)
        near_files.write(Path(path), part, gone)

    @classmethod
    def open(cls, path: Path | str, *, resident: bool = False) -> NearIndex:
        """Map the index at ``path``; raise `Damaged` if it is not what was saved.

        The header and the offsets are compared with their checksums, and entries drawn from the
        file must find themselves through every band. ``resident`` reads the whole file into
        memory of its own: slower to open, faster to search, for processes that live long.
        """
        file = near_files.read(Path(path), resident=resident)
        index = cls(_State((file.part,)), file)
        if len(file.withdrawn):
            index.withdraw(file.withdrawn)
        near_files.self_test(file)
        return index

    def verify(self) -> None:
        """Compare the whole file that was opened with its checksums; raise `Damaged`."""
        if self._file is not None:
            self._file.source.check()


def _words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return spread(check_hashes(hashes).view(np.uint64))


def _check_room(count: int) -> None:
    if count > MOST_ROWS:
        raise UsageError(f"An index holds at most {MOST_ROWS} hashes; split the collection.")


def _search_part(part: Part, queries: NDArray[np.uint64], radius: int, threads: int) -> list[Found]:
    method, size = near_choice.choose(
        len(part), part.tables is not None, len(queries), radius, threads
    )
    starts = range(0, len(queries), size)

    def one(start: int) -> Found:
        packed = near_choice.run(method, part, queries[start : start + size], radius)
        return unpack(packed, start, part.base)

    if threads == 1 or len(starts) == 1:
        return [one(start) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, starts))


def _ordered(found: list[list[Found]]) -> Found:
    pieces = [piece for part in found for piece in part]
    if not pieces:
        empty = np.empty(0, np.int64)
        return empty, empty.copy(), empty.copy()
    queries, rows, distances = (
        pieces[0] if len(pieces) == 1 else tuple(map(np.concatenate, zip(*pieces, strict=True)))
    )
    if len(found) > 1:
        order = np.lexsort((rows, distances, queries))
        queries, rows, distances = queries[order], rows[order], distances[order]
    return queries, rows, distances


def _without(found: Found, withdrawn: NDArray[np.bool_]) -> Found:
    queries, rows, distances = found
    kept = ~withdrawn[rows]
    return queries[kept], rows[kept], distances[kept]
