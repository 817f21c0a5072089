"""Observations thousands together, column by column, so that a pass reads only what it compares.

::

    md5, sha256, …   the seals of one type: 16 bytes for each owner
    whole            hashes of pictures and frames as they are: 32 bytes each
    views            hashes of all other views
    heads            what those hashes are of, in the order of the views: records of 26 bytes
    sequences        frames of videos: their lengths as uint32, then the records
    about            the rest, compressed JSON: read only of what was found

A column's *owners* are the rows of the block that its records belong to, as uint32; none are
written where every row has one.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.model import Observation
from tidebreak.packed_views import RECORD, pack_views, unpack_views
from tidebreak.places import HASH
from tidebreak.signals import EXACT_TYPES, SEAL_SIZE
from tidebreak.sql import Sql
from tidebreak.view import Turn

WHOLE, VIEWS, HEADS, SEQUENCES, ABOUT = "whole", "views", "heads", "sequences", "about"
_HEAD = RECORD.size - HASH
_AS_IT_IS = (0, 1)
"""The codes of whole pictures and frames in a record of a view."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One observation, and which part of which screening it is.

    ``lists`` counts the changes of the lists up to those that it has been compared with.
    """

    screening: str
    part: int
    lists: int
    item: Observation


@dataclass(frozen=True, slots=True)
class Column:
    """``owners`` (n,) uint32 ascending, ``data`` what they have."""

    owners: NDArray[np.uint32]
    data: bytes

    def rows(self, width: int) -> NDArray[np.uint8]:
        """Return the data as uint8 (n, width)."""
        return np.frombuffer(self.data, np.uint8).reshape(-1, width)


NO_COLUMN = Column(np.empty(0, np.uint32), b"")


def pack(kept: Sequence[Kept]) -> dict[str, Column]:
    """Return the columns of a block."""
    items = [one.item for one in kept]
    columns = {ABOUT: Column(np.empty(0, np.uint32), _about(kept))}
    for kind in EXACT_TYPES:
        owners = [row for row, item in enumerate(items) if kind.name in item.types]
        seals = b"".join(items[row].seal(kind.name) for row in owners)
        columns[kind.name] = Column(np.array(owners, np.uint32), seals)
    columns |= _view_columns(items)
    owners = [row for row, item in enumerate(items) if item.sequence]
    columns[SEQUENCES] = _sequences(
        np.array(owners, np.uint32), [items[row].sequence for row in owners]
    )
    return {name: column for name, column in columns.items() if column.data}


class Block:
    """A block of the store, whose columns are read when they are wanted."""

    def __init__(self, sql: Sql, id: int, number: int) -> None:
        self._sql, self.id, self.number = sql, id, number

    def column(self, name: str) -> Column:
        """Return the column called ``name``, an empty one where there is none."""
        row = self._sql.row(
            "SELECT owners, data FROM block_column WHERE block_id = ? AND name = ?", (self.id, name)
        )
        if row is None:
            return NO_COLUMN
        return Column(stored_owners(row[0], self.number), row[1])

    def parts(self) -> list[tuple[str, int]]:
        """Return of which screening and which part of it each row is."""
        about = json.loads(zlib.decompress(self.column(ABOUT).data))
        return [(screening, part) for screening, part, *_ in about]

    def kept(self, rows: Sequence[int]) -> list[Kept]:
        """Return the observations at ``rows``, ascending; reads all columns."""
        return unpack({name: self.column(name) for name in _names()}, rows)


def owners_to_store(owners: NDArray[np.uint32], number: int) -> bytes:
    """Return ``owners`` as bytes: none where each of ``number`` rows has one record."""
    each = len(owners) == number and bool((owners == np.arange(number)).all())
    return b"" if each else owners.astype("<u4").tobytes()


def stored_owners(data: bytes, number: int) -> NDArray[np.uint32]:
    """Return the owners that `owners_to_store` wrote."""
    return np.frombuffer(data, np.uint32) if data else np.arange(number, dtype=np.uint32)


class Loose:
    """Observations that are in no block yet, as one of their own."""

    id = 0

    def __init__(self, kept: Sequence[Kept]) -> None:
        self._kept, self._columns = kept, pack(kept)
        self.number = len(kept)

    def column(self, name: str) -> Column:
        """Return the column called ``name``, an empty one where there is none."""
        return self._columns.get(name, NO_COLUMN)

    def parts(self) -> list[tuple[str, int]]:
        """Return of which screening and which part of it each row is."""
        return [(one.screening, one.part) for one in self._kept]

    def kept(self, rows: Sequence[int]) -> list[Kept]:
        """Return the observations at ``rows``."""
        return [self._kept[row] for row in rows]


def unpack(columns: dict[str, Column], rows: Sequence[int]) -> list[Kept]:
    """Return the observations at ``rows`` of the block that ``columns`` make up."""
    abouts = json.loads(zlib.decompress(columns[ABOUT].data))
    return [_kept(columns, row, abouts[row]) for row in rows]


def chosen(block: Block, keep: NDArray[np.bool_]) -> dict[str, Column]:
    """Return the columns of ``block`` with those rows alone that ``keep``, bool (n,), says."""
    numbers = np.cumsum(keep, dtype=np.uint32) - np.uint32(1)
    columns: dict[str, Column] = {}
    for name in _names():
        column = block.column(name)
        rows = keep[column.owners]
        if name == ABOUT:
            about = json.loads(zlib.decompress(column.data))
            left = [one for one, kept in zip(about, keep.tolist(), strict=True) if kept]
            columns[name] = Column(NO_COLUMN.owners, _squeezed(left))
        elif name == SEQUENCES:
            owners = column.owners[rows].tolist()
            columns[name] = _sequences(numbers[owners], [_sequence(column, row) for row in owners])
        elif len(column.owners):
            width = len(column.data) // len(column.owners)
            data = column.rows(width)[rows].tobytes()
            columns[name] = Column(numbers[column.owners[rows]], data)
    return columns


def _names() -> tuple[str, ...]:
    return (*(kind.name for kind in EXACT_TYPES), WHOLE, VIEWS, HEADS, SEQUENCES, ABOUT)


def _about(kept: Sequence[Kept]) -> bytes:
    rows = [
        (one.screening, one.part, one.lists, one.item.member, one.item.size, one.item.content,
         one.item.preproc, one.item.duration_ms)
        for one in kept
    ]  # fmt: skip
    return _squeezed(rows)


def _squeezed(rows: Sequence[object]) -> bytes:
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def _sequences(owners: NDArray[np.uint32], sequences: Sequence[bytes]) -> Column:
    lengths = np.array([len(frames) for frames in sequences], "<u4").tobytes()
    return Column(owners, lengths + b"".join(sequences))


def _view_columns(items: Sequence[Observation]) -> dict[str, Column]:
    counts = [len(item.views) for item in items]
    owners = np.repeat(np.arange(len(items), dtype=np.uint32), counts)
    packed = b"".join(pack_views(item.views) for item in items)
    records = np.frombuffer(packed, np.uint8).reshape(-1, RECORD.size)
    whole = _as_they_are(records)
    return {
        HEADS: Column(owners, records[:, :_HEAD].tobytes()),
        WHOLE: Column(owners[whole], records[whole, _HEAD:].tobytes()),
        VIEWS: Column(owners[~whole], records[~whole, _HEAD:].tobytes()),
    }


def _as_they_are(heads: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.isin(heads[:, 0], _AS_IT_IS) & (heads[:, 1] == Turn.NONE)


def _kept(columns: dict[str, Column], row: int, about: list[object]) -> Kept:
    screening, part, lists, member, size, content, preproc, duration = about
    types, seals = list[str](), b""
    for kind in EXACT_TYPES:
        own = _own(columns.get(kind.name, NO_COLUMN), row, SEAL_SIZE)
        if len(own):
            types.append(kind.name)
            seals += own.tobytes()
    item = Observation(
        member=str(member), size=int(str(size)), content=str(content), types=tuple(types),
        seals=seals, views=unpack_views(_views(columns, row)), preproc=str(preproc),
        sequence=_sequence(columns.get(SEQUENCES, NO_COLUMN), row),
        duration_ms=int(str(duration)),
    )  # fmt: skip
    return Kept(str(screening), int(str(part)), int(str(lists)), item)


def _own(column: Column, row: int, width: int) -> NDArray[np.uint8]:
    start, end = np.searchsorted(column.owners, [row, row + 1])
    return column.rows(width)[start:end]


def _views(columns: dict[str, Column], row: int) -> bytes:
    heads = _own(columns.get(HEADS, NO_COLUMN), row, _HEAD)
    whole = _as_they_are(heads)
    records = np.empty((len(heads), RECORD.size), np.uint8)
    records[:, :_HEAD] = heads
    records[whole, _HEAD:] = _own(columns.get(WHOLE, NO_COLUMN), row, HASH)
    records[~whole, _HEAD:] = _own(columns.get(VIEWS, NO_COLUMN), row, HASH)
    return records.tobytes()


def _sequence(column: Column, row: int) -> bytes:
    place = int(np.searchsorted(column.owners, row))
    if place == len(column.owners) or column.owners[place] != row:
        return b""
    lengths = np.frombuffer(column.data, "<u4", len(column.owners))
    start = lengths.nbytes + int(lengths[:place].sum())
    return column.data[start : start + int(lengths[place])]
