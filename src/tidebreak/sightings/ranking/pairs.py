"""Who holds what: pairs of an actor and a file, with the evidence for it in five bits.

A pair under way is one 64-bit word: actor (32 bits), file (27), evidence (5). At rest, ordered
by actor, file and evidence are one 32-bit word. Equal pairs are one pair with the bits of all.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.sightings.ranking import pair_kernels
from tidebreak.sightings.ranking.pair_kernels import Small, Words

WIDTH = 5
"""Bits of evidence."""

MOST_FILES = (1 << 27) - 1

_PART = 16
"""Actors are handled 2**16 at a time: their pairs fit into a processor's cache."""


class Evidence(IntFlag):
    """What is known of a pair; without `OWN` it is there only by merging identities."""

    LOW = 1
    """Own, offered or received (A, B), no weak identifier, no doubt about the actor: it ranks."""
    RECEIVED = 2
    """`LOW`, and grade A."""
    TESTED = 4
    """`LOW`, in a log whose holder also receives data: it might have been grade A."""
    OWN = 8
    """Seen with this actor, on any evidence."""
    ENTERS = 16
    """Own, grade A or B, no request: such a pair lets its actor into the ranking."""


DOUBTED = Evidence.LOW | Evidence.RECEIVED | Evidence.TESTED
"""What is taken from a pair when there is a doubt about its actor."""


def pack(actors: NDArray[Any], files: NDArray[Any], bits: NDArray[Any] | int) -> Words:
    """Return the words of pairs under way."""
    return (
        (actors.astype(np.uint64) << np.uint64(32))
        | (files.astype(np.uint64) << np.uint64(WIDTH))
        | np.asarray(bits, np.uint64)
    )


def actors_of(words: Words) -> Small:
    """Return the actors of pairs under way."""
    return (words >> np.uint64(32)).astype(np.uint32)


def at_rest(words: Words) -> Small:
    """Return file and evidence of pairs under way as one 32-bit word."""
    return words.astype(np.uint32)


def files_of(pairs: Small) -> Small:
    """Return the files of pairs at rest."""
    return pairs >> np.uint32(WIDTH)


def having(pairs: Small, bits: int) -> NDArray[np.bool_]:
    """Return which pairs at rest have all of ``bits``."""
    return (pairs & np.uint32(bits)) == bits


@dataclass(frozen=True, slots=True)
class Holdings:
    """Pairs at rest by actor: those of actor i are ``pairs[starts[i]:starts[i + 1]]``.

    ``keys`` (n,) uint64 says who the actors are: a client's or address's code, or what
    `endpoint_key` makes of an endpoint and its day.
    """

    keys: Words
    starts: NDArray[np.int64]
    pairs: Small

    @classmethod
    def joined(cls, parts: list[Holdings]) -> Holdings:
        """Return all ``parts``, one after the other."""
        sizes = np.cumsum([0, *(len(part.pairs) for part in parts)])
        starts = [part.starts[:-1] + size for part, size in zip(parts, sizes, strict=False)]
        return cls(
            np.concatenate([np.empty(0, np.uint64), *(part.keys for part in parts)]),
            np.concatenate([*starts, sizes[-1:]]).astype(np.int64),
            np.concatenate([np.empty(0, np.uint32), *(part.pairs for part in parts)]),
        )

    @classmethod
    def of(cls, keys: Words, words: Words) -> Holdings:
        """Return united pairs under way whose actors are places in ``keys``, by actor."""
        starts, order = pair_kernels.grouped(actors_of(words), len(keys))
        return cls(keys, starts, at_rest(words)[order])

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many pairs each actor has."""
        return np.diff(self.starts)

    def of_actor(self, actor: int) -> Small:
        """Return the pairs of one actor."""
        return self.pairs[self.starts[actor] : self.starts[actor + 1]]

    def count(self, bits: int) -> Small:
        """Return how many pairs with all of ``bits`` each actor has."""
        return pair_kernels.count(self.starts, self.pairs, bits)

    def clear(self, bits: int, actors: NDArray[np.int64]) -> None:
        """Take ``bits`` from all pairs of ``actors``, in place."""
        pair_kernels.clear(self.starts, self.pairs, bits, actors)

    def holders(self, bits: int, files: int) -> Small:
        """Return (files + 1,) how many actors hold each file by pairs with all of ``bits``."""
        counts = np.zeros(files + 1, np.uint32)
        for begin in range(0, len(self.pairs), 1 << 22):
            some = self.pairs[begin : begin + (1 << 22)]
            chosen = files_of(some[having(some, bits)])
            counts += np.bincount(chosen, minlength=files + 1).astype(np.uint32)
        return counts

    def only(self, chosen: NDArray[np.bool_]) -> Holdings:
        """Return the holdings of the actors ``chosen`` (n,)."""
        if chosen.all():
            return self
        sizes = self.sizes
        starts = np.concatenate([[0], np.cumsum(sizes[chosen])]).astype(np.int64)
        return Holdings(self.keys[chosen], starts, self.pairs[np.repeat(chosen, sizes)])


class Spill:
    """Pairs under way of any number, in a file without a name, to be taken back by actor."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._where: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def add(self, words: Words) -> None:
        """Keep ``words`` in any order; their actors are codes of a dictionary."""
        part = (words >> np.uint64(32 + _PART)).astype(np.uint32)
        starts, order = pair_kernels.grouped(part, int(part.max(initial=0)) + 1)
        begin = self._file.seek(0, 2)
        self._file.write(words[order].tobytes())
        for number in np.flatnonzero(np.diff(starts)).tolist():
            at, end = int(starts[number]), int(starts[number + 1])
            self._where[number].append((begin + at * words.itemsize, end - at))

    def holdings(self) -> Iterator[Holdings]:
        """Yield the holdings of some actors after the other, in the order of their codes."""
        for number in sorted(self._where):
            yield self._grouped(number)

    def _grouped(self, part: int) -> Holdings:
        taken: list[Words] = []
        for offset, count in self._where[part]:
            self._file.seek(offset)
            taken.append(np.frombuffer(self._file.read(count * 8), np.uint64))
        words = pair_kernels.unite(np.concatenate(taken), WIDTH)
        base = np.uint64(part << _PART)
        codes = actors_of(words) - np.uint32(base)
        starts, order = pair_kernels.grouped(codes, 1 << _PART)
        found = np.flatnonzero(np.diff(starts))
        return Holdings(
            found.astype(np.uint64) + base,
            np.concatenate([starts[found], starts[-1:]]),
            at_rest(words)[order],
        )

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


_PORT, _DAY = np.uint64(16), np.uint64(48)


def endpoint_key(addresses: NDArray[Any], ports: NDArray[Any], days: NDArray[Any] | int) -> Words:
    """Return day (16 bits), address code (32) and port (16) as one word."""
    return (
        (np.asarray(days, np.uint64) << _DAY)
        | (addresses.astype(np.uint64) << _PORT)
        | ports.astype(np.uint64)
    )


def addresses_of(endpoints: Words) -> Small:
    """Return the address codes of endpoint keys."""
    return (endpoints >> _PORT).astype(np.uint32)


def days_of(endpoints: Words) -> NDArray[np.int64]:
    """Return the days, since 1970, of endpoint keys."""
    return (endpoints >> _DAY).astype(np.int64)
