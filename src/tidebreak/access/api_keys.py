"""API keys: made, rotated, revoked. Each is shown once; only digests of secrets are kept."""

from __future__ import annotations

from collections import defaultdict

from tidebreak.access.bearer import Bearer, draw_id
from tidebreak.access.ledger import Ledger
from tidebreak.access.records import ApiKey, Scope, Secret, checked_name, later, roles_text
from tidebreak.errors import UsageError

SECRET = "secret"
"""The purpose of the digests of secrets."""

_COLUMNS = "id, name, scope, made_at, revoked_at, revoked_why, last_used"
_LONGEST_OVERLAP = 30


class ApiKeys:
    """The keys in a store. Whatever they may do takes effect everywhere within a second."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._sql = ledger, ledger.sql

    def add(self, name: str, scope: Scope, by: str, *, days: int = 365) -> Bearer:
        """Make a key and return it: nobody can be shown it again. ``days`` 0 never expires.

        Raises `UsageError`.
        """
        checked_name(name, "A key")
        scope = scope.checked()
        if self._named(name):
            raise UsageError(
                f"There is a key called '{name}' already; revoke it first, or choose another name."
            )
        id, expires = draw_id(), self._expiry(days)
        detail = {"roles": roles_text(scope.roles), "expires": expires,
                  "permissions": ",".join(sorted(scope.permissions)),
                  "lists": ", ".join(sorted(scope.lists)),
                  "surfaces": ", ".join(sorted(scope.surfaces)),
                  "networks": ", ".join(scope.networks)}  # fmt: skip
        with self._ledger.changing("key.add", by, name, detail):
            row = self._sql.row(
                "INSERT INTO api_key (id, name, scope, made_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING RETURNING id",
                (id, name, scope.to_text(), self._ledger.now),
            )
            if row is None:
                raise UsageError(f"'{name}' was added by somebody else meanwhile; try again.")
            return self._add_secret(id, expires)

    def rotate(self, name: str, by: str, *, overlap_days: float = 7, days: int = 365) -> Bearer:
        """Return a new secret for a key; the old ones end ``overlap_days`` from now.

        Raises `UsageError`.
        """
        if not 0 <= overlap_days <= _LONGEST_OVERLAP:
            raise UsageError(f"Let the old key stay valid for 0 to {_LONGEST_OVERLAP} days.")
        id, expires = self._required(name), self._expiry(days)
        until = later(self._ledger.now, overlap_days)
        detail = {"expires": expires, "old until": until}
        with self._ledger.changing("key.rotate", by, name, detail):
            self._sql.change(
                "UPDATE secret SET expires_at = ? WHERE api_key = ?"
                " AND (expires_at = '' OR expires_at > ?)",
                (until, id, until),
            )
            return self._add_secret(id, expires)

    def revoke(self, name: str, by: str, reason: str) -> None:
        """Refuse a key, with all its secrets, from now on; raise `UsageError` when there is none.

        What has been revoked stays listed, without its secrets.
        """
        id = self._required(name)
        with self._ledger.changing("key.revoke", by, name, {"reason": reason}):
            self._sql.change(
                "UPDATE api_key SET revoked_at = ?, revoked_why = ? WHERE id = ?",
                (self._ledger.now, reason, id),
            )
            self._sql.change("DELETE FROM secret WHERE api_key = ?", (id,))

    def everything(self) -> list[ApiKey]:
        """Return all keys by name, revoked ones too."""
        secrets: dict[str, list[Secret]] = defaultdict(list)
        with self._sql.reading():
            of = self._sql.rows(
                "SELECT api_key, id, made_at, expires_at FROM secret ORDER BY made_at DESC, id"
            )
            rows = self._sql.rows(f"SELECT {_COLUMNS} FROM api_key ORDER BY name, made_at")
        for owner, id, made, expires in of:
            secrets[owner].append(Secret(id, made, expires))
        for several in secrets.values():  # of one second, the one that lasts longest is the newest
            several.sort(key=lambda one: (one.made_at, one.expires_at or "~"), reverse=True)
        return [
            ApiKey(id, name, Scope.from_text(scope), made, at, why, used, tuple(secrets[id]))
            for id, name, scope, made, at, why, used in rows
        ]

    def _add_secret(self, id: str, expires: str) -> Bearer:
        made = Bearer.draw()
        digest = self._ledger.digests.of(SECRET, made.secret)
        self._sql.change(
            "INSERT INTO secret (id, api_key, digest, made_at, expires_at) VALUES (?, ?, ?, ?, ?)",
            (made.id, id, digest, self._ledger.now, expires),
        )
        return made

    def _expiry(self, days: int) -> str:
        return later(self._ledger.now, days) if days else ""

    def _required(self, name: str) -> str:
        found = self._named(name)
        if not found:
            raise UsageError(f"There is no key called '{name}'; see: tidebreak access key list")
        return found

    def _named(self, name: str) -> str:
        row = self._sql.row("SELECT id FROM api_key WHERE name = ? AND revoked_at = ''", (name,))
        return row[0] if row else ""
