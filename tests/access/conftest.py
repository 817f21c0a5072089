"""A store of who may do what, of its own, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tidebreak.access.bearer import Digests
from tidebreak.access.ledger import Ledger
from tidebreak.access.limits import Limits
from tidebreak.access.passwords import Passwords
from tidebreak.access.roles import Permission, Principal
from tidebreak.audit.log import AuditLog
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault


class Clock:
    """Seconds since 1970, which a test moves on."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(stores: Stores, tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    sql = stores.open("access", "tidebreak.access")
    audit = AuditLog(tmp_path / "audit.db")
    yield Ledger(sql, audit, Digests(b"k" * 32), Vault(b"v" * 32), clock)
    sql.close()
    audit.close()


@pytest.fixture
def again(ledger: Ledger, stores: Stores) -> Iterator[Ledger]:
    """The same store, as another process has it open."""
    sql = stores.open("access", "tidebreak.access")
    yield replace(ledger, sql=sql)
    sql.close()


@pytest.fixture(scope="session")
def passwords() -> Passwords:
    """As quick as argon2 can be."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def shop() -> Principal:
    limits = Limits(per_second=10, burst=20, per_day=100, alarm_hits=30, alarm_variants=5)
    return Principal("key:aaaaaaaa", "shop", frozenset({Permission.MATCH}), limits=limits)


@pytest.fixture
def told(ledger: Ledger):
    """What the audit log says, as (action, actor, object)."""
    return lambda: [(one.action, one.actor, one.object) for one in ledger.audit.events()]
