"""Making a local sealed store for one operator, out of everything that is known here.

Every issue has a key, a salt and canaries of its own, so that no two stores have a digest in
common, be they of two operators or of one. Hardening takes hours for millions of entries; what is
done is kept in a journal, and an interrupted issue goes on with it.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.lists.live import live_seals, live_values
from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import canary_keys
from tidebreak.seal.desk import Desk
from tidebreak.seal.local.file import Terms, key_text, pack, write_new
from tidebreak.seal.local.hardening import Cost, Hardener
from tidebreak.seal.local.journal import Journal

AT_ONCE = 2048
"""Digests between two notes in the journal."""
_PIECE = 64
_USUAL = Cost()
_OPERATOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Order:
    """Which store is wanted; ``days`` until it expires, 0: never."""

    operator: str
    out: Path
    key_file: Path
    cost: Cost = _USUAL
    days: int = 35
    per_day: int = 500_000


@dataclass(frozen=True, slots=True)
class Issued:
    """A store that was written: its ``identifiers`` from the lists, and its ``size`` in bytes."""

    terms: Terms
    identifiers: int
    size: int


def issue(
    order: Order, desk: Desk, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> Issued:
    """Write a store and its key; both or none, and nothing that exists is overwritten.

    Raises `UsageError`, and `Busy` while another process issues to the same operator.
    """
    _check(order)
    with Journal(desk.home / "seal" / "issues", order.operator, desk.vault, order.cost) as journal:
        terms = _terms(order, journal)
        begun = {"issue": terms.issue, "steps": order.cost.steps, "days": order.days}
        with desk.audit.around("seal.issue", desk.actor, order.operator, begun) as outcome:
            hardener = Hardener(journal.key, terms.salt, terms.cost)
            sealed = _sealed(desk, hardener.sealer)
            digests = _harden(sealed, hardener, journal, on_progress)
            own = canary_keys(canary_secret(desk.sealer), order.operator, terms.issue)
            content = pack(terms, sets.build(np.concatenate([digests, own])), journal.key)
            with journal.publishing():
                _write(order, content, key_text(journal.key))
            outcome |= {"issue": terms.issue, "identifiers": len(sealed)}
    return Issued(terms, len(sealed), len(content))


def canary_secret(sealer: Sealer) -> bytes:
    """Return what canaries of local stores are made with, 16 bytes: only this installation's."""
    return sealer.digest_many("store-canary", np.zeros((1, 1), np.uint8)).tobytes()


def _check(order: Order) -> None:
    if not _OPERATOR.fullmatch(order.operator):
        raise UsageError("An operator's name is letters, digits, dots and dashes, at most 64.")
    if not (0 <= order.days <= 3650 and 1 <= order.per_day < 1 << 32):
        raise UsageError(
            "A store is valid for 0 (ever) to 3650 days, for 1 question a day or more."
        )
    for path in (order.out, order.key_file):
        if path.exists():
            raise UsageError(f"{path} exists and is never overwritten; name another file.")
    if order.out.parent.resolve() == order.key_file.parent.resolve():
        raise UsageError("Put the key into another folder than the store; they travel apart.")


def _terms(order: Order, journal: Journal) -> Terms:
    now = datetime.now(UTC).replace(microsecond=0)
    expires = now + timedelta(days=order.days) if order.days else None
    return Terms(journal.issue, journal.salt, now, expires, order.per_day, order.cost)


def _sealed(desk: Desk, sealer: Sealer) -> dict[bytes, bool]:
    """Return all that counts as digests under ``sealer``, in no telling order, and how certain.

    Raises `Damaged` when the vault lacks a value that counts: a store must not miss it.
    """
    made: dict[bytes, bool] = {}
    with desk.database.reading():
        live = live_seals(desk.database)
        for found in live_values(desk.database, desk.vault, desk.sealer, live):
            own = sealer.seal_many(found.of.type, found.values)
            for seal, certain in zip(own, found.of.certain.tolist(), strict=True):
                made[seal.tobytes()] = made.get(seal.tobytes(), False) or certain
    return dict(sorted(made.items()))


def _harden(
    sealed: Mapping[bytes, bool],
    hardener: Hardener,
    journal: Journal,
    on_progress: Callable[[int, int], None],
) -> NDArray[np.uint64]:
    """Return the digest of each of ``sealed``, at a step drawn by chance."""
    done = dict(journal.done)
    missing = [seal for seal in sealed if seal not in done]

    def harden(seals: list[bytes]) -> list[tuple[int, int]]:
        return [hardener.at(seal, secrets.randbelow(hardener.cost.steps)) for seal in seals]

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        for start in range(0, len(missing), AT_ONCE):
            on_progress(len(sealed) - len(missing) + start, len(sealed))
            part = missing[start : start + AT_ONCE]
            pieces = [part[at : at + _PIECE] for at in range(0, len(part), _PIECE)]
            made = dict(zip(part, chain.from_iterable(threads.map(harden, pieces)), strict=True))
            journal.note(made)
            done |= made
    on_progress(len(sealed), len(sealed))
    return np.array([done[seal][not certain] for seal, certain in sealed.items()], np.uint64)


def _write(order: Order, content: bytes, key: bytes) -> None:
    write_new(order.key_file, key)
    try:
        write_new(order.out, content)
    except BaseException:
        order.key_file.unlink()  # a key without a store opens nothing
        raise
