"""Whom to tell of what is decided: kept with address and secret encrypted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tidebreak.audit.log import AuditLog
from tidebreak.screens import Action, Screened, Surface
from tidebreak.service.webhooks.targets import Target
from tidebreak.sql import Sql
from tidebreak.store.vault import Vault

MOST = 100
"""Webhooks of one installation."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook: told of what ends in one of ``actions``, on ``surfaces`` (none: on all)."""

    id: str
    host: str
    actions: frozenset[Action]
    surfaces: frozenset[Surface]
    enabled: bool
    created_at: str
    created_by: str
    delivered: int = 0
    lost: int = 0
    last_status: int = 0
    waiting: int = 0

    def wants(self, screened: Screened) -> bool:
        """Whether this is told of that answer."""
        here = not self.surfaces or screened.origin.surface in self.surfaces
        return self.enabled and here and screened.decision.action in self.actions


class Hooks:
    """All webhooks; changes are audited. Call it from a thread: it asks the store."""

    def __init__(self, db: Sql, vault: Vault, audit: AuditLog) -> None:
        self._db, self._vault, self._audit = db, vault, audit

    def all(self) -> list[Hook]:
        """Return all webhooks, oldest first."""
        rows = self._db.rows(f"{_SELECT} ORDER BY created_at, id")
        waiting = dict(self._db.rows("SELECT hook, count(*) FROM delivery GROUP BY hook"))
        return [replace(_hook(row), waiting=waiting.get(row[0], 0)) for row in rows]

    def get(self, id: str) -> Hook | None:
        """Return one, None when there is none."""
        return next((hook for hook in self.all() if hook.id == id), None)

    def add(
        self,
        target: Target,
        secret: str,
        actions: Sequence[Action],
        surfaces: Sequence[Surface],
        actor: str,
        *,
        enabled: bool = True,
    ) -> Hook:
        """Keep a new webhook and return it."""
        id, now = str(uuid.uuid4()), datetime.now(UTC).isoformat(timespec="seconds")
        hook = Hook(
            id, target.host, frozenset(actions), frozenset(surfaces), enabled, now, actor
        )  # fmt: skip
        self._audit.append("webhook.add", actor, f"webhook {id}")
        with self._db.writing():
            self._db.change(
                "INSERT INTO hook (id, host, address, secret, actions, surfaces, enabled,"
                " created_at, created_by, delivered, lost, last_status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)",
                (
                    id, target.host, self._vault.seal(f"hook {id} address", target.url.encode()),
                    self._vault.seal(f"hook {id} secret", secret.encode()), _joined(actions),
                    _joined(surfaces), int(enabled), now, actor,
                ),
            )  # fmt: skip
        return hook

    def change(self, hook: Hook, actor: str) -> None:
        """Set what is told, and whether, as ``hook`` has it."""
        self._audit.append("webhook.change", actor, f"webhook {hook.id}", {"enabled": hook.enabled})
        with self._db.writing():
            self._db.change(
                "UPDATE hook SET actions = ?, surfaces = ?, enabled = ? WHERE id = ?",
                (_joined(hook.actions), _joined(hook.surfaces), int(hook.enabled), hook.id),
            )

    def remove(self, id: str, actor: str) -> None:
        """Forget a webhook, and what it was still to be told."""
        self._audit.append("webhook.remove", actor, f"webhook {id}")
        with self._db.writing():
            self._db.change("DELETE FROM delivery WHERE hook = ?", (id,))
            self._db.change("DELETE FROM hook WHERE id = ?", (id,))

    def secrets(self, id: str) -> tuple[str, bytes] | None:
        """Return the address and the secret of a webhook, None when it is gone."""
        row = self._db.row("SELECT address, secret FROM hook WHERE id = ?", (id,))
        if row is None:
            return None
        address = self._vault.open(f"hook {id} address", bytes(row[0])).decode()
        return address, self._vault.open(f"hook {id} secret", bytes(row[1]))


_SELECT = """
SELECT id, host, actions, surfaces, enabled, created_at, created_by, delivered, lost, last_status
FROM hook
"""


def _hook(row: Sequence[object]) -> Hook:
    id, host, actions, surfaces, enabled, at, by, delivered, lost, status = map(str, row)
    return Hook(
        id, host, frozenset(Action(one) for one in actions.split(",")),
        frozenset(Surface(one) for one in filter(None, surfaces.split(","))), enabled == "1", at,
        by, int(delivered), int(lost), int(status),
    )  # fmt: skip


def _joined(values: Sequence[str] | frozenset[Action] | frozenset[Surface]) -> str:
    return ",".join(sorted(values))
