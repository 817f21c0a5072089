"""Columns of short texts, as log readers give them and kernels take them.

A column is one buffer and where each text begins in it, which is how Arrow keeps binary columns:
millions of fields pass without one Python object each. An empty text is one that was not given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Ints, readonly

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texts:
    """Text i is ``data[offsets[i] : offsets[i + 1]]``; uint8, and (N + 1,) int64."""

    data: Bytes
    offsets: Ints

    @classmethod
    def of(cls, items: Sequence[bytes]) -> Texts:
        """Return the column of ``items``."""
        lengths = np.fromiter((len(item) for item in items), np.int64, len(items))
        return cls(readonly(b"".join(items)), _offsets(lengths))

    @classmethod
    def same(cls, item: bytes, count: int) -> Texts:
        """Return the column that says ``item`` in each of ``count`` rows."""
        lengths = np.full(count, len(item), np.int64)
        return cls(readonly(item * count), _offsets(lengths))

    @classmethod
    def of_arrow(cls, array: Any) -> Texts:
        """Return a ``pyarrow.BinaryArray`` without copying its texts; nulls become empty."""
        if array.null_count:
            array = array.fill_null(b"")
        _, offsets, data = array.buffers()
        if offsets is None or not len(array):
            return cls.of([b""] * len(array))
        begins = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)
        return cls(readonly(data if data is not None else b""), begins.astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> bytes:
        return self.data[self.offsets[row] : self.offsets[row + 1]].tobytes()

    @property
    def lengths(self) -> Ints:
        """The length of every text in bytes, (N,) int64."""
        return np.diff(self.offsets)

    @property
    def given(self) -> Mask:
        """Which texts are not empty, (N,) bool."""
        return self.lengths > 0

    def take(self, rows: NDArray[Any]) -> Texts:
        """Return the texts of ``rows``: numbers, or a mask."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        lengths = self.lengths[rows]
        offsets = _offsets(lengths)
        places = np.arange(offsets[-1], dtype=np.int64)
        places += np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Texts(readonly(self.data[places]), offsets)

    def to_list(self) -> list[bytes]:
        """Return the texts one by one."""
        data, ends = self.data.tobytes(), self.offsets.tolist()
        return [data[begin:end] for begin, end in pairwise(ends)]


def joined(columns: Sequence[Texts]) -> Texts:
    """Return the texts of all ``columns``, one column after the other."""
    lengths = np.concatenate([column.lengths for column in columns])
    data = [column.data[column.offsets[0] : column.offsets[-1]] for column in columns]
    return Texts(readonly(np.concatenate(data)), _offsets(lengths))


def _offsets(lengths: Ints) -> Ints:
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
