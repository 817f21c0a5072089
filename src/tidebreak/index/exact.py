"""`ExactIndex`: which entries carry a seal.

One sorted column for every kind of exact signal (``docs/design.md``, rule 4). Seals are keyed
digests, hence uniform: their first bits say in which short bucket they stand, and there is
nothing else to search.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.index.arguments import check_bytes, check_numbers
from tidebreak.index.cold import kernels_pay
from tidebreak.index.exact_plain import find_plainly, sort_plainly
from tidebreak.index.files import ArrayFile, damaged, open_arrays, write_arrays

KIND = "exact"
SEAL_BYTES = 16
MOST_ENTRIES = (1 << 32) - 1
_PER_BUCKET = 8
_DRAWN = 64


@dataclass(frozen=True, slots=True)
class ExactIndex:
    """Seals in the order of their first, then their second 64-bit little-endian word.

    ``seals`` is (N, 2) uint64, ``entries`` (N,) uint32, ``offsets`` (2**k + 1,) uint32: where
    the seals begin whose first word has the number of the bucket as its top k bits.
    """

    offsets: NDArray[np.uint32]
    seals: NDArray[np.uint64]
    entries: NDArray[np.uint32]
    source: ArrayFile | None = None

    @classmethod
    def build(cls, seals: NDArray[np.uint8], entries: NDArray[np.uint32]) -> ExactIndex:
        """Return the index of ``seals`` (N, 16) uint8, which belong to ``entries`` (N,) uint32.

        A seal may have several entries, and an entry several seals. Needs room for the result
        beside the arguments: 20 bytes per seal and about half a byte for the buckets.
        """
        words = check_bytes(seals, SEAL_BYTES, "Seals").view(np.uint64)
        numbers = check_numbers(entries, len(words), "Entries")
        if len(words) > MOST_ENTRIES:
            raise UsageError(f"An index holds at most {MOST_ENTRIES} seals; split the collection.")
        bits = _bucket_bits(len(words))
        if not kernels_pay(len(words)):
            return cls(*sort_plainly(words, numbers, bits))
        from tidebreak.index.exact_kernels import sort_into_buckets

        return cls(*sort_into_buckets(words, numbers, bits))

    def __len__(self) -> int:
        """The number of (seal, entry) pairs."""
        return len(self.entries)

    def find(self, seals: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return (query rows, entries) of all entries with one of ``seals`` (Q, 16) uint8.

        Ordered by query, then entry number. Raises `UsageError`.
        """
        wanted = check_bytes(seals, SEAL_BYTES, "Seals").view(np.uint64)
        if not kernels_pay(len(wanted)):
            return find_plainly(wanted, self.offsets, self.seals, self.entries)
        from tidebreak.index.exact_kernels import find

        return find(wanted, self.offsets, self.seals, self.entries)

    def save(self, path: Path | str) -> None:
        """Write the index to one file; what was there before is replaced when all is written."""
        arrays = {"offsets": self.offsets, "seals": self.seals, "entries": self.entries}
        write_arrays(Path(path), KIND, {"entries": len(self)}, arrays)

    @classmethod
    def open(cls, path: Path | str) -> ExactIndex:
        """Map the index at ``path``; raise `Damaged` if it is not what was saved.

        The header and the offsets are compared with their checksums, and entries drawn from the
        file must find themselves.
        """
        source = open_arrays(Path(path), KIND)
        source.check(["offsets"])
        arrays = source.arrays
        index = cls(arrays["offsets"], arrays["seals"], arrays["entries"], source)
        index._test_itself(source.path)
        return index

    def verify(self) -> None:
        """Compare the whole file that was opened with its checksums; raise `Damaged`."""
        if self.source is not None:
            self.source.check()

    def _test_itself(self, path: Path) -> None:
        if not len(self):
            return
        drawn = np.unique(np.linspace(0, len(self) - 1, _DRAWN, dtype=np.int64))
        seals = np.ascontiguousarray(self.seals[drawn]).view(np.uint8).reshape(-1, SEAL_BYTES)
        rows, entries = self.find(seals)
        found = set(zip(rows.tolist(), entries.tolist(), strict=True))
        if not set(enumerate(self.entries[drawn].tolist())) <= found:
            raise damaged(path, "entries drawn from it do not find themselves")


def _bucket_bits(count: int) -> int:
    return max(1, (count // _PER_BUCKET).bit_length())
