"""Opens what keeps who may do what, of one installation."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from tidebreak.access.alarms import Alarms
from tidebreak.access.api_keys import ApiKeys
from tidebreak.access.bearer import Digests
from tidebreak.access.gatekeeper import Gatekeeper, Told
from tidebreak.access.ledger import Ledger
from tidebreak.access.people import People
from tidebreak.audit.log import AuditLog
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault


class Opened(Protocol):
    """What is needed of an installation."""

    stores: Stores
    audit: AuditLog
    vault: Vault
    access_key: bytes


@dataclass(frozen=True, slots=True)
class Access:
    """Everything that is kept of keys and people."""

    ledger: Ledger
    keys: ApiKeys
    people: People
    alarms: Alarms


@contextmanager
def open_access(opened: Opened) -> Generator[Access]:
    """Open the store of an installation; raises the errors of `tidebreak.sql.Sql`."""
    sql = opened.stores.open("access", "tidebreak.access")
    ledger = Ledger(sql, opened.audit, Digests(opened.access_key), opened.vault)
    try:
        yield Access(ledger, ApiKeys(ledger), People(ledger), Alarms(ledger))
    finally:
        sql.close()


@contextmanager
def open_gatekeeper(opened: Opened, told: Told | None = None) -> Generator[Gatekeeper]:
    """Open the gatekeeper of an installation, which follows all changes until it is left."""
    with open_access(opened) as access, Gatekeeper(access.ledger, told) as gatekeeper:
        yield gatekeeper
