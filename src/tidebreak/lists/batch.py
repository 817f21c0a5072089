"""What a list format yields: some thousand entries at a time, column by column.

Ten million entries as Python objects would cost minutes; as columns they cost seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tidebreak.model import Entry, Signal
from tidebreak.signals import SignalType

_T = TypeVar("_T")

BATCH = 65_536
"""Entries per batch, at most."""

UNKNOWN_QUALITY = 255

Digests = NDArray[np.bytes_]
"""16-byte digests as a vector of dtype ``S16``; equal exactly when all 16 bytes are."""


@dataclass(frozen=True, slots=True)
class Column:
    """Signals of one type and length.

    ``rows``: uint32 (n,), rows of the batch, ascending, repeated where an entry has several.
    ``values``: uint8 (n, length). ``quality``: uint8 (n,), 255 unknown, or None when never given.
    """

    type: SignalType
    rows: NDArray[np.uint32]
    values: NDArray[np.uint8]
    quality: NDArray[np.uint8] | None = None

    def take(self, chosen: NDArray[np.bool_]) -> Column:
        """Return the column with only the signals that are ``chosen`` (bool (n,))."""
        quality = None if self.quality is None else self.quality[chosen]
        return Column(self.type, self.rows[chosen], self.values[chosen], quality)

    def only(self, rows: NDArray[np.bool_]) -> Column:
        """Return the column for the rows that are kept, renumbered; ``rows``: bool (batch,)."""
        kept = self.take(rows[self.rows])
        places = (np.cumsum(rows) - 1).astype(np.uint32)
        return Column(kept.type, places[kept.rows], kept.values, kept.quality)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line (or record) that is no entry: its number from 1, why, and its text.

    The text may hold hashes: it goes to the file of rejects and nowhere else.
    """

    line: int
    reason: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries as columns, and the lines between them that are none.

    ``lines``: int64 (n,). The sequences have length n, or are empty when no entry has the thing.
    ``about`` is what the file says of itself, outside its entries.
    """

    lines: NDArray[np.int64]
    columns: tuple[Column, ...] = ()
    keys: Sequence[str] = ()
    classifications: Sequence[str] = ()
    schemes: Sequence[str] = ()
    sizes: Sequence[int | None] = ()
    fields: Sequence[Mapping[str, object]] = ()
    bad: tuple[BadRow, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict[str, object])

    def __len__(self) -> int:
        return len(self.lines)

    def only(self, rows: NDArray[np.bool_]) -> Batch:
        """Return the batch with only the entries that are chosen (bool (n,))."""
        if bool(rows.all()):
            return self
        chosen = np.flatnonzero(rows).tolist()
        return Batch(
            self.lines[rows],
            tuple(column.only(rows) for column in self.columns),
            _pick(self.keys, chosen),
            _pick(self.classifications, chosen),
            _pick(self.schemes, chosen),
            _pick(self.sizes, chosen),
            _pick(self.fields, chosen),
            self.bad,
            self.about,
        )


def batch_of(items: Iterable[Entry | BadRow], about: Mapping[str, object] | None = None) -> Batch:
    """Return entries and bad rows as one batch."""
    items = list(items)
    entries = [item for item in items if isinstance(item, Entry)]
    return Batch(
        np.array([entry.line for entry in entries], np.int64),
        columns_of([entry.signals for entry in entries]),
        [entry.key for entry in entries],
        [entry.classification for entry in entries],
        [entry.scheme for entry in entries],
        [entry.size for entry in entries],
        [entry.fields for entry in entries],
        tuple(item for item in items if isinstance(item, BadRow)),
        about or {},
    )


def is_text(text: str) -> bool:
    """Whether ``text`` is Unicode, without surrogates that stand for undecodable bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def columns_of(signals: Sequence[Sequence[Signal]]) -> tuple[Column, ...]:
    """Return the signals of each row, gathered by type and length."""
    gathered: dict[tuple[str, int], list[tuple[int, Signal]]] = {}
    for row, row_signals in enumerate(signals):
        for signal in row_signals:
            place = (signal.type.name, len(signal.value))
            gathered.setdefault(place, []).append((row, signal))
    return tuple(_column(found) for found in gathered.values())


def _column(found: list[tuple[int, Signal]]) -> Column:
    values = np.frombuffer(b"".join(signal.value for _, signal in found), np.uint8)
    quality = None
    if any(signal.quality is not None for _, signal in found):
        given = [UNKNOWN_QUALITY if s.quality is None else s.quality for _, s in found]
        quality = np.array(given, np.uint8)
    rows = np.array([row for row, _ in found], np.uint32)
    return Column(found[0][1].type, rows, values.reshape(len(found), -1), quality)


def _pick(items: Sequence[_T], chosen: list[int]) -> Sequence[_T]:
    return [items[row] for row in chosen] if items else items
