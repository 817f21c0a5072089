"""`FeatureIndex`: the local features of known pictures, found by what they look like.

Descriptors are 256 bits, so the exact search of `NearIndex` serves; beside each of its rows lies
the entry whose picture the feature is of, and where in that picture it is. Rows are kept in the
order of their entries, so that all features of one entry are a slice.

It lives in memory alone: features are as telling as a thumbnail, and are written nowhere in the
clear (``docs/verified.md``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.local import DESCRIPTOR, STORED, Points
from tidebreak.index.arguments import check_bytes, check_numbers
from tidebreak.index.near import NearIndex
from tidebreak.index.packing import Found


@dataclass(frozen=True, slots=True, eq=False)
class FeatureIndex:
    """Features of known pictures, in the order of their entries.

    ``entries`` (N,) uint32 ascending, ``places`` (N, 8) uint8: what stands before the descriptor in
    a stored feature.
    """

    near: NearIndex
    entries: NDArray[np.uint32]
    places: NDArray[np.uint8]

    @classmethod
    def build(
        cls, values: NDArray[np.uint8], entries: NDArray[np.uint32], *, threads: int | None = None
    ) -> FeatureIndex:
        """Return the index over stored features ``values`` (N, 40) uint8.

        ``entries`` (N,) uint32 says whose they are, in any order. Raises `UsageError`.
        """
        values = check_bytes(values, STORED, "Features")
        entries = check_numbers(entries, len(values), "Entries")
        order = np.argsort(entries, kind="stable")
        descriptors = values[order, -DESCRIPTOR:]
        near = NearIndex.build(descriptors, threads=threads, consume=True)
        return cls(near, entries[order], values[order, :-DESCRIPTOR])

    def __len__(self) -> int:
        """The number of features."""
        return len(self.entries)

    def search(self, descriptors: NDArray[np.uint8], radius: int, *, threads: int = 1) -> Found:
        """Return (query rows, feature rows, distances) of all features within ``radius``.

        ``descriptors`` is (Q, 32) uint8. Exact, as `NearIndex.search` is.
        """
        return self.near.search(descriptors, radius, threads=threads)

    def rows_of(self, entry: int) -> slice:
        """Return which rows are features of ``entry``."""
        wanted = np.array([entry, entry + 1], np.int64)
        start, stop = np.searchsorted(self.entries, wanted).tolist()
        return slice(start, stop)

    def points(self, rows: slice) -> Points:
        """Return where the features at ``rows`` are; the unit is their picture's longer side."""
        return Points.stored(self.places[rows])
