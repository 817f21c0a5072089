"""Columns of short texts, as log readers give them and kernels take them.

A column is one buffer and where each text begins and ends in it: millions of fields pass without
a Python object or a copy of each. An empty text is one that was not given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes, Ints, readonly

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Texts:
    """Text i is ``data[begins[i] : ends[i]]``; ``data`` is uint8, the others (N,) int64."""

    data: Bytes
    begins: Ints
    ends: Ints

    @classmethod
    def of(cls, items: Sequence[bytes]) -> Texts:
        """Return the column of ``items``."""
        lengths = np.fromiter(map(len, items), np.int64, len(items))
        return cls.lined_up(readonly(b"".join(items)), lengths)

    @classmethod
    def lined_up(cls, data: Bytes, lengths: Ints) -> Texts:
        """Return the column of texts of these ``lengths`` that follow each other in ``data``."""
        ends = np.cumsum(lengths, dtype=np.int64)
        return cls(data, ends - lengths, ends)

    @classmethod
    def same(cls, item: bytes, count: int) -> Texts:
        """Return the column that says ``item`` in each of ``count`` rows."""
        begins = np.zeros(count, np.int64)
        return cls(readonly(item), begins, begins + len(item))

    def __len__(self) -> int:
        return len(self.begins)

    def __getitem__(self, row: int) -> bytes:
        return self.data[self.begins[row] : self.ends[row]].tobytes()

    @property
    def lengths(self) -> Ints:
        """The length of every text in bytes, (N,) int64."""
        return self.ends - self.begins

    @property
    def given(self) -> Mask:
        """Which texts are not empty, (N,) bool."""
        return self.ends > self.begins

    def take(self, rows: NDArray[Any]) -> Texts:
        """Return the texts of ``rows``: numbers, or a mask."""
        return Texts(self.data, self.begins[rows], self.ends[rows])

    def packed(self) -> Bytes:
        """Return all texts one after the other, without what lies between them."""
        if len(self) and (self.begins[1:] == self.ends[:-1]).all():
            return self.data[self.begins[0] : self.ends[-1]]
        lengths = self.lengths
        first = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum(), dtype=np.int64)
        return self.data[places + np.repeat(self.begins - first, lengths)]

    def to_list(self) -> list[bytes]:
        """Return the texts one by one."""
        data = self.data.tobytes()
        places = zip(self.begins.tolist(), self.ends.tolist(), strict=True)
        return [data[begin:end] for begin, end in places]


def joined(columns: Sequence[Texts]) -> Texts:
    """Return the texts of all ``columns``, one column after the other."""
    data = [readonly(b""), *(column.packed() for column in columns)]
    lengths = [np.zeros(0, np.int64), *(column.lengths for column in columns)]
    return Texts.lined_up(readonly(np.concatenate(data)), np.concatenate(lengths))
