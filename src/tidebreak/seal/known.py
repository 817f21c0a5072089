"""Everything that is known now, as values of the function: what is asked for is compared with it.

In it is every exact signal of every entry that would be a hit now: on an enabled list of a kind
that has hits, neither withdrawn nor replaced. Only what is new since the last time is computed.
"""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tidebreak.audit.log import AuditLog
from tidebreak.errors import Damaged
from tidebreak.files import replace_whole
from tidebreak.hashing.seals import Sealer
from tidebreak.index import ExactIndex
from tidebreak.lists.blocks import kept_values
from tidebreak.lists.live import LiveSeals, live_seals
from tidebreak.seal.inputs import Digests, digests_of, input_of
from tidebreak.seal.keys import SealKeys
from tidebreak.seal.outputs import Outputs
from tidebreak.seal.voprf import Key
from tidebreak.seal.wire import CERTAIN, KNOWN
from tidebreak.signals import SEAL_SIZE, SignalType
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

_CHUNK = 4096
"""Values computed before they are put on the disk."""

Computed = Callable[[int, int], None]
"""Told how many values were computed, of how many."""


class Desk(Protocol):
    """The parts of an installation that are needed here."""

    home: Path
    database: Database
    vault: Vault
    sealer: Sealer
    audit: AuditLog
    actor: str


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
        words = values.view(">u8").astype(np.uint64)
        order = np.lexsort((words[:, 1], words[:, 0]))
        words, certain = words[order], certain[order]
        new = np.ones(len(words), np.bool_)
        new[1:] = (words[1:] != words[:-1]).any(axis=1)
        any_certain = np.zeros(int(new.sum()), np.bool_)
        any_certain[np.cumsum(new)[certain] - 1] = True
        joined = np.ascontiguousarray(words[new].astype(">u8")).view(np.uint8)
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
            live = list(live_seals(desk.database))
            made = _complete(desk, Key(keys.private), outputs, live, tell)
        seals = np.concatenate([np.empty((0, SEAL_SIZE), np.uint8), *(one.seals for one in live)])
        certain = np.concatenate([np.empty(0, np.bool_), *(one.certain for one in live)])
        values, there = outputs.find(seals)
        if not there.all():
            raise Damaged(
                f"The vault lacks {int((~there).sum())} values that the lists count; restore the"
                " store from a backup."
            )
        known = Known.of(values, certain, keys.public)
        _announce(desk, folder / "version", known, made)
    return known


def _complete(
    desk: Desk, key: Key, outputs: Outputs, live: Sequence[LiveSeals], tell: Computed
) -> int:
    """Compute what ``outputs`` lacks of ``live``; return how much that was."""
    lacking: dict[SignalType, set[bytes]] = defaultdict(set)
    for one in live:
        missing = np.ascontiguousarray(one.seals[~outputs.find(one.seals)[1]])
        lacking[one.type].update(missing.view("V16").ravel().tolist())
    total, done = sum(map(len, lacking.values())), 0
    for kind, wanted in lacking.items():
        for found, inputs in _inputs(desk, kind, wanted):
            outputs.add(found, digests_of(key.output(inputs)))
            done += len(inputs)
            tell(done, total)
    if total:
        outputs.reload()
    return done


def _inputs(
    desk: Desk, kind: SignalType, wanted: set[bytes]
) -> Generator[tuple[Digests, list[bytes]]]:
    """Yield seals and inputs of the values in the vault whose seals are ``wanted``, each once."""
    seals: list[bytes] = []
    inputs: list[bytes] = []
    for _, values in kept_values(desk.database, desk.vault, kind.name) if wanted else ():
        for seal, value in zip(desk.sealer.seal_many(kind, values), values, strict=True):
            if (word := seal.tobytes()) in wanted:
                wanted.discard(word)
                seals.append(word)
                inputs.append(input_of(kind, value.tobytes()))
        if len(inputs) >= _CHUNK:
            yield _rows(seals), inputs
            seals, inputs = [], []
    if inputs:
        yield _rows(seals), inputs


def _rows(seals: list[bytes]) -> Digests:
    return np.frombuffer(b"".join(seals), np.uint8).reshape(-1, SEAL_SIZE)


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
