"""Everything that is known now, as values of the function: what is asked for is compared with it.

In it is every exact signal of every entry that would be a hit now: on an enabled list of a kind
that has hits, neither withdrawn nor replaced. Only what is new since the last time is computed.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from tidebreak.audit.log import AuditLog
from tidebreak.errors import Damaged
from tidebreak.hashing.seals import Sealer
from tidebreak.index import ExactIndex
from tidebreak.lists.blocks import data_of, kept_values, retired_mask, signal_blocks
from tidebreak.lists.records import lists_of
from tidebreak.seal.inputs import Digests, digests_of, input_of
from tidebreak.seal.keys import SealKeys
from tidebreak.seal.outputs import Outputs
from tidebreak.seal.voprf import Key
from tidebreak.signals import SEAL_SIZE, SIGNAL_TYPES, SignalKind
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
    """What is known: ``values`` uint8 (n, 16), all different, ascending.

    ``version`` is short and changes exactly when they do.
    """

    version: str
    values: Digests
    index: ExactIndex

    def has(self, values: Digests) -> list[bool]:
        """Return for each of ``values`` (q, 16) whether it is known."""
        found = np.zeros(len(values), np.bool_)
        found[self.index.find(values)[0]] = True
        return found.tolist()


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
            live = _live(desk.database)
            made = _complete(desk, Key(keys.private), outputs, live, tell)
        values, there = outputs.find(_joined(live))
        if not there.all():
            raise Damaged(
                f"The vault lacks {int((~there).sum())} values that the lists count; restore the"
                " store from a backup."
            )
        known = _known(values, keys.public)
        _announce(desk, folder / "version", known, made)
    return known


def _known(values: Digests, public: bytes) -> Known:
    joined = np.unique(np.ascontiguousarray(values).view("V16").ravel()).tobytes()
    digest = blake2b(joined, digest_size=8, key=public, person=b"tb:seal-version").hexdigest()
    distinct = np.frombuffer(bytearray(joined), np.uint8).reshape(-1, SEAL_SIZE)
    index = ExactIndex.build(distinct, np.zeros(len(distinct), np.uint32))
    return Known(digest, distinct, index)


def _live(database: Database) -> dict[str, Digests]:
    """Return by signal type the seals, (n, 16), of what would be a hit now."""
    counting = {item.id for item in lists_of(database) if item.enabled and item.kind.hits}
    gone = retired_mask(database)
    for (number,) in database.rows("SELECT number FROM entry WHERE withdrawn_at IS NOT NULL"):
        gone[number] = True
    live: dict[str, list[Digests]] = {}
    for block in signal_blocks(database):
        exact = SIGNAL_TYPES[block.type].kind is SignalKind.EXACT
        if exact and not block.unmatched and block.list in counting:
            seals = data_of(database, block)[~gone[block.entries]]
            live.setdefault(block.type, []).append(seals)
    return {name: np.concatenate(parts) for name, parts in live.items()}


def _complete(
    desk: Desk, key: Key, outputs: Outputs, live: dict[str, Digests], tell: Computed
) -> int:
    """Compute what ``outputs`` lacks of ``live``; return how much that was."""
    lacking = {name: seals[~outputs.find(seals)[1]] for name, seals in live.items()}
    total, done = sum(map(len, lacking.values())), 0
    for name, seals in lacking.items():
        if not len(seals):
            continue
        for found, inputs in _inputs(desk, name, seals):
            outputs.add(found, digests_of(key.output(inputs)))
            done += len(inputs)
            tell(done, total)
    if total:
        outputs.reload()
    return done


def _inputs(desk: Desk, name: str, wanted: Digests) -> Generator[tuple[Digests, list[bytes]]]:
    """Yield seals and inputs of the values in the vault whose seals are ``wanted``, each once."""
    kind = SIGNAL_TYPES[name]
    left = set(wanted.view("V16").ravel().tolist())
    seals: list[bytes] = []
    inputs: list[bytes] = []
    for _, values in kept_values(desk.database, desk.vault, name):
        for seal, value in zip(desk.sealer.seal_many(kind, values), values, strict=True):
            if (word := seal.tobytes()) in left:
                left.discard(word)
                seals.append(word)
                inputs.append(input_of(kind, value.tobytes()))
        if len(inputs) >= _CHUNK:
            yield _rows(seals), inputs
            seals, inputs = [], []
    if inputs:
        yield _rows(seals), inputs


def _rows(seals: list[bytes]) -> Digests:
    return np.frombuffer(b"".join(seals), np.uint8).reshape(-1, SEAL_SIZE)


def _joined(live: dict[str, Digests]) -> Digests:
    return np.concatenate([np.empty((0, SEAL_SIZE), np.uint8), *live.values()])


def _announce(desk: Desk, place: Path, known: Known, computed: int) -> None:
    """Audit that there is a new version, once, whichever process finds it first."""
    if place.exists() and place.read_text() == known.version:
        return
    detail = {"version": known.version, "values": len(known.values), "computed": computed}
    desk.audit.append("seal.set", desk.actor, "sealed set", detail)
    place.write_text(known.version)


@contextmanager
def _alone(lock: Path) -> Generator[None]:
    """Wait until no other process builds; the system frees the lock of one that died."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
