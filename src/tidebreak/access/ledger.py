"""What everything here stands on: one store, the audit log, the keys of digests, a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tidebreak.access.bearer import Digests
from tidebreak.audit.log import AuditLog, Detail
from tidebreak.sql import Sql
from tidebreak.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Ledger:
    """The store of who may do what. ``clock`` tells seconds since 1970.

    Every change is an audit event first: one that is killed has its event without the change,
    never the other way round. ``by`` in all that changes something is what the audit log calls
    whoever did it: `Principal.actor`, or the user on this machine.
    """

    sql: Sql
    audit: AuditLog
    digests: Digests
    vault: Vault
    clock: Callable[[], float] = time.time

    @property
    def now(self) -> str:
        """The time, UTC, ISO 8601."""
        return at(self.clock())

    @contextmanager
    def changing(self, action: str, by: str, object: str, detail: Detail) -> Generator[None]:
        """Note a change and make it; all processes hear of it."""
        self.audit.append(f"access.{action}", by, object, detail)
        with self.sql.writing():
            yield
            self.sql.change("UPDATE revision SET number = number + 1 WHERE id = 1")

    def revision(self) -> int:
        """Return a number that grows with every change."""
        row = self.sql.row("SELECT number FROM revision WHERE id = 1")
        return row[0] if row else 0


def at(seconds: float) -> str:
    """Return seconds since 1970 as UTC, ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
