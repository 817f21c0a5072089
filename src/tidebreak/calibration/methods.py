"""Ways to recognise pictures, behind one small protocol, so that they can be measured alike.

A method enrols the known pictures once and is then asked about one picture at a time. What it
answers is a distance to each known picture, on whatever scale it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tidebreak.places import FIRST_ALIGNED

Pixels = NDArray[np.uint8]
"""(height, width, 3) uint8: the canonical pixels of a decoded picture."""

Distances = NDArray[np.int16]
"""One distance per known picture, (pictures,)."""

NOTHING = 257
"""Further than any distance: nothing was compared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method says about one picture.

    ``nearest`` are the distances by everything that it tries, ``as_is`` those by the whole
    picture as it is. ``hashes`` is how many were looked up, ``seconds`` what making them cost
    after decoding, in processor time: neighbours on the machine disturb that less.
    """

    nearest: Distances
    as_is: Distances
    hashes: int
    seconds: float


class Known(Protocol):
    """Enrolled pictures."""

    def look_up(self, pixels: Pixels) -> Answer:
        """Compare one picture with all of them."""
        ...


class Method(Protocol):
    """One way to recognise pictures."""

    @property
    def name(self) -> str:
        """What it is called in tables."""
        ...

    def enrol(self, pictures: Sequence[Pixels]) -> Known:
        """Make what is stored of the known pictures."""
        ...


@dataclass(frozen=True, slots=True)
class Prints:
    """Binary hashes of one picture: (n, bytes) uint8.

    ``codes`` (n,) says of which part, as `tidebreak.places` does; ``as_is`` (n,) whether it is
    the whole picture as it is.
    """

    hashes: NDArray[np.uint8]
    codes: NDArray[np.uint32]
    as_is: NDArray[np.bool_]

    @classmethod
    def of_values(cls, values: Sequence[bytes], codes: Sequence[int] = ()) -> Prints:
        """Return hashes of one length; the first is of the whole picture as it is."""
        length = len(values[0]) if values else 32
        return cls(
            np.frombuffer(b"".join(values), np.uint8).reshape(-1, length),
            np.array(codes or [0] * len(values), np.uint32),
            np.arange(len(values)) == 0,
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stored hashes of all known pictures, and how to make those of a query."""

    prints: Prints
    owners: NDArray[np.intp]
    pictures: int
    query: Callable[[Pixels], Prints]

    def look_up(self, pixels: Pixels) -> Answer:
        """Compare every hash of a picture with every stored one, by Hamming distance."""
        started = time.process_time()
        asked = self.query(pixels)
        seconds = time.process_time() - started
        bits = hamming(asked.hashes, self.prints.hashes)
        bits[~_comparable(asked.codes, self.prints.codes)] = NOTHING
        nearest = self._least(bits)
        as_is = self._least(bits[asked.as_is])
        return Answer(nearest, as_is, len(asked.hashes), seconds)

    def _least(self, bits: NDArray[np.int16]) -> Distances:
        """Return the least distance to any hash of each known picture."""
        found = np.full(self.pictures, NOTHING, np.int16)
        if bits.size:
            np.minimum.at(found, self.owners, bits.min(axis=0))
        return found


@dataclass(frozen=True, slots=True)
class Hashing:
    """A method made of two functions: what is stored of a picture, and what is looked up."""

    name: str
    stored: Callable[[Pixels], Prints]
    asked: Callable[[Pixels], Prints]

    def enrol(self, pictures: Sequence[Pixels]) -> Shelf:
        """Hash the known pictures."""
        made = [self.stored(pixels) for pixels in pictures]
        counts = [len(prints.hashes) for prints in made]
        together = Prints(
            np.concatenate([prints.hashes for prints in made]),
            np.concatenate([prints.codes for prints in made]),
            np.concatenate([prints.as_is for prints in made]),
        )
        owners = np.repeat(np.arange(len(pictures)), counts)
        return Shelf(together, owners, len(pictures), self.asked)


def hamming(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return the (n, m) distances between (n, bytes) and (m, bytes); 8 must divide bytes."""
    left = np.ascontiguousarray(one).view(np.uint64)[:, np.newaxis]
    right = np.ascontiguousarray(other).view(np.uint64)[np.newaxis]
    return np.bitwise_count(left ^ right).sum(axis=2, dtype=np.int16)


def _comparable(asked: NDArray[np.uint32], stored: NDArray[np.uint32]) -> NDArray[np.bool_]:
    aligned = stored >= FIRST_ALIGNED
    alike = asked[:, np.newaxis] == stored
    return np.where(aligned, alike, (asked < FIRST_ALIGNED)[:, np.newaxis])
