"""ed2k identifiers: MD4 over 9,728,000-byte parts, and MD4 over their digests.

The two variants differ only where the size is an exact, non-zero multiple of the part size: *red*
(eMule, aMule, librhash: the network itself) counts an empty part after the last, *blue* does not.
"""

from __future__ import annotations

from tidebreak.hashing.arrays import Bytes
from tidebreak.hashing.lanes import BLOCK
from tidebreak.hashing.md import Md5Md4, md4

PART = 9_728_000
"""Bytes of a part; a whole number of hash blocks."""


class Ed2k:
    """Both ed2k identifiers of a file that arrives in slabs, and its MD5 beside them.

    Every slab but the last is a multiple of 64 bytes.
    """

    def __init__(self) -> None:
        self._pair = Md5Md4()
        self._digests: list[bytes] = []
        self._filled = 0
        self._rest = Bytes((0,), "uint8")

    def absorb(self, slab: Bytes) -> None:
        """Take in the next slab."""
        whole = slab.size // BLOCK * BLOCK
        # A copy: a view would keep the caller from resizing or closing what it lent.
        self._rest = slab[whole:].copy()
        start = 0
        while start < whole:
            end = min(start + PART - self._filled, whole)
            self._pair.absorb(slab[start:end])
            self._filled += end - start
            start = end
            if self._filled == PART:
                self._digests.append(self._pair.end_part(slab[:0]))
                self._filled = 0

    def finish(self) -> tuple[bytes, bytes, bytes]:
        """Return MD5, ed2k red and ed2k blue, 16 bytes each."""
        md5 = self._pair.md5(self._rest)
        exact = self._filled + self._rest.size == 0
        last = self._pair.end_part(self._rest)
        red = _combine([*self._digests, last])
        blue = _combine(self._digests) if exact and self._digests else red
        return md5, red, blue


def _combine(digests: list[bytes]) -> bytes:
    return digests[0] if len(digests) == 1 else md4(b"".join(digests))
