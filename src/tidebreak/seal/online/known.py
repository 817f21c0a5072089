"""Everything that is known now, as values of the function: what is asked for is compared with it.

In it is every exact signal of every entry that would be a hit now: on an enabled list of a kind
that has hits, neither withdrawn nor replaced. Only what is new since the last time is computed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import Damaged
from tidebreak.files import replace_whole
from tidebreak.index import ExactIndex
from tidebreak.lists.live import LiveSeals, distinct, live_seals, live_values
from tidebreak.seal.desk import Desk
from tidebreak.seal.inputs import Digests, digests_of, input_of
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.outputs import Outputs
from tidebreak.seal.online.wire import CERTAIN, KNOWN
from tidebreak.seal.oprf.voprf import Key
from tidebreak.signals import SEAL_SIZE

_CHUNK = 4096
"""Values computed before they are put on the disk."""

Computed = Callable[[int, int], None]
"""Told how many values were computed, of how many."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known: ``values`` uint8 (n, 16), all different, and which are ``certain``: bool (n,).

    ``version`` is short and changes exactly when they do.
    """

    version: str
    values: Digests
    certain: NDArray[np.bool_]
    index: ExactIndex

    @classmethod
    def of(cls, values: Digests, certain: NDArray[np.bool_], public: bytes) -> Known:
        """Return what is known by ``values``, some of which may be there several times."""
        joined, any_certain = distinct(values, certain)
        digest = blake2b(digest_size=8, key=public, person=b"tb:seal-version")
        digest.update(joined.tobytes() + any_certain.tobytes())
        index = ExactIndex.build(joined, np.arange(len(joined), dtype=np.uint32))
        return cls(digest.hexdigest(), joined, any_certain, index)

    def look_up(self, values: Digests) -> NDArray[np.uint8]:
        """Return how each of ``values`` (q, 16) is known: `wire.NO`, `KNOWN` or `CERTAIN`."""
        found = np.zeros(len(values), np.uint8)
        queries, rows = self.index.find(values)
        found[queries] = np.where(self.certain[rows], CERTAIN, KNOWN)
        return found


def folder_of(desk: Desk) -> Path:
    """Return where everything of the sealed server lies, the key apart."""
    folder = desk.home / "seal"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def current(desk: Desk, keys: SealKeys, tell: Computed = lambda done, total: None) -> Known:
    """Return what is known now; what was never computed is (some 45 µs each).

    Raises `Damaged` when the store lacks the value of a signal that counts.
    """
    folder = folder_of(desk)
    with _alone(folder / "build.lock"):
        outputs = Outputs(folder / "outputs", keys.outputs)
        with desk.database.reading():
            live = live_seals(desk.database)
            made = _complete(desk, Key(keys.private), outputs, live, tell)
        seals = np.concatenate([np.empty((0, SEAL_SIZE), np.uint8), *(one.seals for one in live)])
        certain = np.concatenate([np.empty(0, np.bool_), *(one.certain for one in live)])
        values, there = outputs.find(seals)
        if not there.all():
            raise Damaged(f"{folder / 'outputs'} loses what is written to it; check that disk.")
        known = Known.of(values, certain, keys.public)
        _announce(desk, folder / "version", known, made)
    return known


def _complete(
    desk: Desk, key: Key, outputs: Outputs, live: Sequence[LiveSeals], tell: Computed
) -> int:
    """Compute what ``outputs`` lacks of ``live``; return how much that was."""
    lacking = [one.where(~outputs.find(one.seals)[1]) for one in live]
    total, done = sum(len(one.seals) for one in lacking), 0
    for found in live_values(desk.database, desk.vault, desk.sealer, lacking):
        for start in range(0, len(found.values), _CHUNK):
            part = slice(start, start + _CHUNK)
            inputs = [input_of(found.of.type, value.tobytes()) for value in found.values[part]]
            outputs.add(found.of.seals[part], digests_of(key.output(inputs)))
            done += len(inputs)
            tell(done, total)
    if total:
        outputs.reload()
    return done


def _announce(desk: Desk, place: Path, known: Known, computed: int) -> None:
    """Audit that there is a new version, once, whichever process finds it first."""
    if place.exists() and place.read_text() == known.version:
        return
    detail = {"version": known.version, "values": len(known.values), "computed": computed}
    desk.audit.append("seal.set", desk.actor, "sealed set", detail)
    replace_whole(place, known.version.encode())


@contextmanager
def _alone(lock: Path) -> Generator[None]:
    """Wait until no other process builds; the system frees the lock of one that died."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
