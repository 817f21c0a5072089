"""One enrolment from start to end: hash, keep, import, share; it goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidebreak.audit.log import AuditLog
from tidebreak.descriptors import Descriptor
from tidebreak.enrol import pack_file
from tidebreak.enrol.enrolment import Choices, Enrolment
from tidebreak.enrol.files import roots_of
from tidebreak.enrol.items import Item, Label, Outcome
from tidebreak.enrol.journal import Journal
from tidebreak.enrol.labels import Labels
from tidebreak.enrol.order import Order
from tidebreak.errors import UsageError
from tidebreak.hashing import regions
from tidebreak.hashing.seals import Sealer
from tidebreak.lists.batch import Batch
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.formats import Format
from tidebreak.lists.pack_entries import batches
from tidebreak.lists.records import ImportResult
from tidebreak.lists.source import Source
from tidebreak.media.image import FULL
from tidebreak.media.pool import WorkerPool
from tidebreak.settings import Settings
from tidebreak.store.vault import Vault

_CODES = frozenset(region.code for region in regions.REGIONS)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an enrolment came to: ``counts`` of items by `Outcome`, which add up to all of them.

    ``packed`` is the number of entries in the pack.
    """

    counts: Mapping[Outcome, int]
    imported: ImportResult | None = None
    pack: Path | None = None
    packed: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What an enrolment works with: parts of an installation, and who works there."""

    folder: Path
    settings: Settings
    sealer: Sealer
    vault: Vault
    catalogue: Catalogue
    audit: AuditLog
    actor: str
    descriptors: Sequence[Descriptor] = ()


def enrol(order: Order, desk: Desk, on_item: Callable[[Item], None] = lambda _: None) -> Enrolled:
    """Carry out ``order``; every item is told once, also those that an earlier run has hashed.

    Raises `UsageError` when nothing can be enrolled, or not as asked.
    """
    roots = roots_of(order.paths)
    if order.pack is not None:
        pack_file.check_target(order.pack)
    elif not order.name:
        raise UsageError("Name the list that is enrolled into, or a file for the pack.")
    usual = Label(order.classification, order.scheme)
    labels = Labels.read(order.classes, usual) if order.classes else Labels(usual)
    context = _context(order, roots, labels) | {
        "features": desk.settings.verify,
        "descriptors": [descriptor.algorithm for descriptor in desk.descriptors],
    }
    into = {"list": order.name, "pack": str(order.pack or ""), "exact": int(order.exact)}
    desk.audit.append("enrol", desk.actor, order.name or "pack", into)
    name = hashlib.blake2b(json.dumps(context).encode(), digest_size=16).hexdigest()
    with Journal(desk.folder / f"{name}.journal", desk.vault, context, _CODES) as journal:
        enrolment = Enrolment(
            journal, desk.sealer, Choices(labels, order.ids, order.reach), on_item
        )
        with WorkerPool(desk.settings, descriptors=desk.descriptors) as pool:
            enrolment.run(roots, pool)
        result = _delivered(order, desk, journal, enrolment.counts)
        journal.remove()
    return result


def _context(order: Order, roots: list[bytes], labels: Labels) -> dict[str, object]:
    """Return all on which the journal depends: with any other of these it begins anew."""
    return {
        "roots": [root.hex() for root in roots],
        "preproc": FULL,
        "regions": regions.VERSION,
        "reach": order.reach.value,
        "ids": order.ids.value,
        "labels": repr(labels),
        "into": [order.name, str(order.pack or "")],
    }


def _delivered(
    order: Order, desk: Desk, journal: Journal, counts: Mapping[Outcome, int]
) -> Enrolled:
    if not counts.get(Outcome.ENROLLED) and not counts.get(Outcome.EXACT_ONLY):
        raise UsageError("Nothing below these paths can be enrolled; the reasons are given above.")
    imported = _import(order, desk, journal) if order.name else None
    packed = 0
    if order.pack is not None:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        head = pack_file.header(_about(order), order.reach, created)
        packed = pack_file.write_pack(order.pack, head, journal.entries(), exact=order.exact)
    return Enrolled(dict(counts), imported, order.pack, packed)


def _import(order: Order, desk: Desk, journal: Journal) -> ImportResult:
    def read(_: Source) -> Iterator[Batch]:
        return batches(enumerate(journal.entries(), 1), _about(order))

    enrolled = Format("enrolment", "media of this installation", 0, lambda _: False, read)
    return desk.catalogue.import_file(
        journal.path,
        name=order.name,
        kind=order.kind,
        format=enrolled,
        owner=order.owner,
        legal_basis=order.legal_basis,
        scheme=order.scheme,
        known_good_statement=order.note,
        adds=True,
    )


def _about(order: Order) -> dict[str, str]:
    return {
        "owner": order.owner,
        "legal_basis": order.legal_basis,
        "scheme": order.scheme,
        "licence": order.licence,
        "note": order.note,
    }
