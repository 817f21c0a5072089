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
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.lists.blocks import kept_values
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import Level
from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import canary_keys
from tidebreak.seal.hardening import Cost, Hardener
from tidebreak.seal.local_file import Terms, key_text, pack, write_new
from tidebreak.seal.local_journal import Journal
from tidebreak.signals import EXACT_TYPES
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

AT_ONCE = 2048
"""Digests between two notes in the journal."""
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
class Desk:
    """What of the installation an issue needs. ``secret``: 32 bytes, for canaries alone."""

    database: Database
    vault: Vault
    catalogue: Catalogue
    audit: AuditLog
    actor: str
    secret: bytes
    folder: Path


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
    with Journal(desk.folder, order.operator, desk.vault, order.cost) as journal:
        terms = _terms(order, journal)
        begun = {"issue": terms.issue, "steps": order.cost.steps, "days": order.days}
        with desk.audit.around("seal.issue", desk.actor, order.operator, begun) as outcome:
            hardener = Hardener(journal.key, terms.salt, terms.cost)
            sealed = _seals(desk, hardener)
            digests = _harden(sealed, hardener, journal, on_progress)
            own = canary_keys(desk.secret, order.operator, terms.issue)
            content = pack(terms, sets.build(np.concatenate([digests, own])), journal.key)
            with journal.publishing():
                _write(order, content, key_text(journal.key))
            outcome |= {"issue": terms.issue, "identifiers": len(sealed)}
    return Issued(terms, len(sealed), len(content))


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


def _seals(desk: Desk, hardener: Hardener) -> dict[bytes, bool]:
    """Return the keyed digests of all that counts, in no telling order, and which are certain."""
    sealed: dict[bytes, bool] = {}
    for kind in EXACT_TYPES:
        for entries, values in kept_values(desk.database, desk.vault, kind.name):
            counting = _counting(desk.catalogue, entries)
            rows = [row for row, number in enumerate(entries.tolist()) if number in counting]
            for row, seal in zip(rows, hardener.sealer.seal_many(kind, values[rows]), strict=True):
                certain = kind.strong and counting[int(entries[row])]
                text = seal.tobytes()
                sealed[text] = sealed.get(text, False) or certain
    return dict(sorted(sealed.items()))


def _counting(catalogue: Catalogue, entries: NDArray[np.uint32]) -> dict[int, bool]:
    """Return those of ``entries`` that are hits now, and whether they may be certain.

    What was derived is as certain as the best of what it was derived from.
    """
    records = catalogue.entries(entries.tolist())
    origins = catalogue.origins(entries.tolist())
    return {
        number: not origins.get(number)
        or any(origin.grade is Level.EXACT for origin in origins[number])
        for number, record in records.items()
        if record.list.enabled and record.list.kind.hits and not record.withdrawn
    }


def _harden(
    sealed: Mapping[bytes, bool],
    hardener: Hardener,
    journal: Journal,
    on_progress: Callable[[int, int], None],
) -> NDArray[np.uint64]:
    """Return the digest of each of ``sealed``, at a step drawn by chance."""
    done = dict(journal.done)
    missing = [seal for seal in sealed if seal not in done]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        for start in range(0, len(missing), AT_ONCE):
            on_progress(len(sealed) - len(missing) + start, len(sealed))
            part = missing[start : start + AT_ONCE]
            steps = [secrets.randbelow(hardener.cost.steps) for _ in part]
            made = dict(zip(part, threads.map(hardener.at, part, steps), strict=True))
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
