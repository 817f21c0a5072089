"""A set of keyed digests that answers "is this one inside?": cut short, sorted, packed.

Binary fuse filters (Graf and Lemire, 2022) are the usual choice. They take 18 or 36 bits per key
at false-positive rates of 2^-16 or 2^-32, need kernels, distinct keys, and several attempts at
building. Digests are uniform, so that sorting them and keeping ``ceil(log2 n) + 16`` or ``+ 32``
bits of each does the same in 18 to 19 or 34 to 35 bits (Elias 1974; Fano 1971), with nothing but
numpy, no failing builds, and one thing more that can be proved: what is inside is inside.

Layout, all numbers little-endian::

    0   8 bytes   b"TIDESET1"
    8   1 byte    r: bits of the remainders, 16 or 32
    9   1 byte    b: bits of the quotients, at most 32
    10  8 bytes   n: how many digests
    18  n * r/8   remainders: the low r of the b + r bits of each digest, ascending
    ..  bitmap    (n + 2^b) bits, the lowest of each byte first: bit quotient + i for digest i
    ..  32 bytes  BLAKE3 of everything before
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from tidebreak.errors import Damaged, UsageError

MAGIC = b"TIDESET1"
REMAINDERS = (16, 32)
_HEAD = struct.Struct("<8sBBQ")
_SUM = 32
_MOST_BITS = 32
_DRAWN = 64


@dataclass(frozen=True, slots=True)
class Filter:
    """``values``: uint64 (n,), ascending and distinct, of ``quotient + remainder`` bits each."""

    values: NDArray[np.uint64]
    quotient: int
    remainder: int

    def __len__(self) -> int:
        """The number of digests inside."""
        return len(self.values)

    @property
    def chance(self) -> float:
        """The probability that a digest which was not put inside seems to be: n / 2^(b + r)."""
        return len(self) / 2.0 ** (self.quotient + self.remainder)

    def has(self, keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return for each of ``keys`` (q,) whether it is inside; never False for one that is."""
        if not len(self):
            return np.zeros(len(keys), np.bool_)
        wanted = _cut(keys, self.quotient + self.remainder)
        places = np.minimum(np.searchsorted(self.values, wanted), len(self) - 1)
        return self.values[places] == wanted

    def to_bytes(self) -> bytes:
        """Return the set as the layout above says."""
        head = _HEAD.pack(MAGIC, self.remainder, self.quotient, len(self))
        remainders = (self.values & _low(self.remainder)).astype(f"<u{self.remainder // 8}")
        bits = np.zeros(len(self) + (1 << self.quotient), np.uint8)
        quotients = (self.values >> np.uint64(self.remainder)).astype(np.int64)
        bits[quotients + np.arange(len(self))] = 1
        bitmap = np.packbits(bits, bitorder="little")
        content = head + remainders.tobytes() + bitmap.tobytes()
        return content + blake3(content).digest()

    @classmethod
    def from_bytes(cls, data: bytes) -> Filter:
        """Return the set that `to_bytes` wrote; raise `Damaged` for anything else.

        Needs memory of about 30 times the length of ``data`` at most, whatever that claims.
        """
        remainder, quotient, count = _read_head(data)
        begin, middle = _HEAD.size, _HEAD.size + count * remainder // 8
        if blake3(data[:-_SUM]).digest() != data[-_SUM:]:
            raise _damaged("its checksum is wrong")
        lows = np.frombuffer(data, f"<u{remainder // 8}", count, begin).astype(np.uint64)
        bitmap = np.frombuffer(data, np.uint8, len(data) - _SUM - middle, middle)
        if int(np.bitwise_count(bitmap).sum(dtype=np.int64)) != count:
            raise _damaged("it does not hold as many digests as it says")
        places = np.flatnonzero(np.unpackbits(bitmap, bitorder="little"))
        quotients = (places - np.arange(count)).astype(np.uint64)
        made = cls((quotients << np.uint64(remainder)) | lows, quotient, remainder)
        made._test_itself()
        return made

    def _test_itself(self) -> None:
        if not len(self):
            return
        if (self.values[1:] <= self.values[:-1]).any():
            raise _damaged("its digests are not in order")
        if int(self.values[-1]) >> (self.quotient + self.remainder):
            raise _damaged("a digest in it is too long")
        drawn = self.values[np.linspace(0, len(self) - 1, _DRAWN, dtype=np.int64)]
        unused = np.uint64(64 - self.quotient - self.remainder)
        if not self.has(drawn << unused).all():
            raise _damaged("digests drawn from it do not find themselves")


def build(keys: NDArray[np.uint64], remainder: int = 32) -> Filter:
    """Return the set of ``keys`` (n,), of which the highest bits are kept.

    ``keys`` must be uniform, as keyed digests are; equal ones count once. A digest that is not
    among them seems to be with a probability of at most 2^-remainder. Raises `UsageError`.
    """
    if remainder not in REMAINDERS:
        raise UsageError("A set keeps remainders of 16 or 32 bits; choose one of them.")
    if len(keys) > 1 << _MOST_BITS:
        raise UsageError("A set holds at most 2^32 digests; split the collection.")
    quotient = max(len(keys) - 1, 0).bit_length()
    return Filter(np.unique(_cut(keys, quotient + remainder)), quotient, remainder)


def _read_head(data: bytes) -> tuple[int, int, int]:
    """Return bits of remainders, bits of quotients, and the number of digests."""
    if len(data) < _HEAD.size + _SUM:
        raise _damaged("it ends too early")
    magic, remainder, quotient, count = _HEAD.unpack_from(data)
    if magic != MAGIC or remainder not in REMAINDERS or quotient > _MOST_BITS:
        raise _damaged("it is none that this version knows")
    bitmap = (count + (1 << quotient) + 7) // 8
    if len(data) != _HEAD.size + count * remainder // 8 + bitmap + _SUM:
        raise _damaged("it has another length than it says")
    return remainder, quotient, count


def _cut(keys: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    return np.asarray(keys, np.uint64) >> np.uint64(64 - bits)


def _low(bits: int) -> np.uint64:
    return np.uint64((1 << bits) - 1)


def _damaged(why: str) -> Damaged:
    return Damaged(f"This is no intact sealed set ({why}); get it anew from who issued it.")
