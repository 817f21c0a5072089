"""Digests that cost time to test: what guards a store whose key was stolen with it.

Identifiers can be listed, so that whoever has keyed digests *and* their key tries all that there
are. Each try is made dear in two ways:

- **Memory-hard.** A digest is scrypt (RFC 7914) of the value's keyed digest: 1 MiB of memory and
  about two milliseconds of one core.
- **Several places.** An entry's digest is made with a *step*, a number below ``steps`` that is
  drawn by chance and forgotten (the idea of Manber's secret salts, 1996). The build computes one
  scrypt per entry, whereas a look-up has to try all the steps before it may say no. So a look-up
  costs ``steps`` times as much as an entry does, and nearly all of a catalogue is no.

Each digest comes as a pair: one stands for what is certain, the other for what a person has to
decide (`tidebreak.asking.Answer`). The store holds one of the two, and both are had in one step.

Nothing here is quick for anybody: an honest look-up costs what a thief's does.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer

MEMORY = 10
"""Log2 of scrypt's N; with blocks of 8, N KiB are in use."""
MOST_MEMORY = 17
MOST_STEPS = 4096
SALT = 16
_BLOCKS = 8
_ROOM = 1 << 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one digest costs: 2^``memory`` KiB, and in a look-up ``steps`` times its time."""

    steps: int = 8
    memory: int = MEMORY

    def __post_init__(self) -> None:
        if not (1 <= self.steps <= MOST_STEPS and 1 <= self.memory <= MOST_MEMORY):
            raise UsageError(f"The work per look-up must be from 1 to {MOST_STEPS} steps.")


class Hardener:
    """Makes the digests of one store, under its key (16 to 64 bytes) and salt (16 bytes)."""

    def __init__(self, key: bytes, salt: bytes, cost: Cost) -> None:
        self.sealer = Sealer(key)
        self.cost = cost
        self._salt = salt

    def seal(self, space: str, value: bytes) -> bytes:
        """Return the keyed digest, 16 bytes, from which digests are made."""
        return self.sealer.digest_many(space, np.frombuffer(value, np.uint8)[None]).tobytes()

    def at(self, seal: bytes, step: int) -> tuple[int, int]:
        """Return the digests, 64 bits each, of ``seal`` (16 bytes) at one step.

        The first is for what is certain, the second for what is not.
        """
        made = hashlib.scrypt(
            seal,
            salt=self._salt + step.to_bytes(2),
            n=1 << self.cost.memory,
            r=_BLOCKS,
            p=1,
            maxmem=(2 << (self.cost.memory + 10)) + _ROOM,
            dklen=16,
        )
        return int.from_bytes(made[:8], "little"), int.from_bytes(made[8:], "little")

    def everywhere(self, seal: bytes) -> NDArray[np.uint64]:
        """Return the digests, (steps, 2), of ``seal`` at every step."""
        return np.array([self.at(seal, step) for step in range(self.cost.steps)], np.uint64)

    def __repr__(self) -> str:
        return f"Hardener(key=hidden, cost={self.cost})"
