"""People: who has an account, and which roles. What they log in with is in `setup`.

Nobody changes his own roles, and there is always somebody left who can administer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tidebreak.access.bearer import draw_id, draw_secret
from tidebreak.access.codes import draw_totp
from tidebreak.access.ledger import Ledger
from tidebreak.access.records import Person, checked_name, later, roles_of, roles_text
from tidebreak.access.roles import Role
from tidebreak.access.sessions import Sessions
from tidebreak.errors import UsageError
from tidebreak.locators import looks_like_one

INVITATION_DAYS = 3
INVITATION = "invitation"
"""The purpose of the digests of invitations."""

_COLUMNS = (
    "id, name, roles, made_at, disabled_at, disabled_why,"
    " CASE WHEN password <> '' THEN 1 ELSE 0 END, invited_to, issuer"
)


class People:
    """The people in a store."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._sql, self._sessions = ledger, ledger.sql, Sessions(ledger)

    def add(self, name: str, roles: frozenset[Role], by: str) -> str:
        """Add somebody; return the invitation, good once and for three days, to hand over.

        Raises `UsageError`.
        """
        checked_name(name, "A person")
        _required(roles)
        if self._sql.row("SELECT id FROM person WHERE folded = ?", (name.casefold(),)):
            raise UsageError(f"There is a person called '{name}' already; choose another name.")
        with self._ledger.changing("person.add", by, name, {"roles": roles_text(roles)}):
            id = draw_id()
            self._insert(id, name, roles, "", "")
            return self._invite(id)

    def set_roles(self, name: str, roles: frozenset[Role], by: str) -> None:
        """Give somebody these roles and no others; raise `UsageError` where that cannot be."""
        found = self.named(name)
        _required(roles)
        if by == f"person {found.name}":
            raise UsageError("Nobody changes his own roles; ask another administrator.")
        if found.issuer:
            raise UsageError(
                f"The roles of '{name}' come from the groups of the provider; change them there."
            )
        if Role.ADMINISTRATOR not in roles:
            self._keep_one(found)
        detail = {"roles": roles_text(roles), "before": roles_text(found.roles)}
        with self._ledger.changing("person.roles", by, found.name, detail):
            self._sql.change(
                "UPDATE person SET roles = ? WHERE id = ?", (roles_text(roles), found.id)
            )

    def reset(self, name: str, by: str) -> str:
        """Take away what somebody logs in with; return a new invitation. Ends all sessions."""
        found = self.named(name)
        if found.issuer:
            raise UsageError(f"'{name}' logs in at a provider; reset the account there.")
        if by == f"person {found.name}":
            raise UsageError("Nobody resets himself; change the password, or ask another.")
        with self._ledger.changing("person.reset", by, found.name, {}):
            self._sql.change("UPDATE person SET password = '' WHERE id = ?", (found.id,))
            self._sql.change("DELETE FROM recovery WHERE person = ?", (found.id,))
            self._sessions.end_all(found.id)
            return self._invite(found.id)

    def disable(self, name: str, by: str, reason: str) -> None:
        """Let somebody in no more, from now on; raise `UsageError` for the last administrator."""
        found = self.named(name)
        self._keep_one(found)
        with self._ledger.changing("person.disable", by, found.name, {"reason": reason}):
            self._sql.change(
                "UPDATE person SET disabled_at = ?, disabled_why = ? WHERE id = ?",
                (self._ledger.now, reason, found.id),
            )
            self._sessions.end_all(found.id)

    def enable(self, name: str, by: str) -> None:
        """Let somebody in again, with the roles of before."""
        found = self.named(name)
        if by == f"person {found.name}":
            raise UsageError("Nobody enables himself; ask another administrator.")
        with self._ledger.changing("person.enable", by, found.name, {}):
            self._sql.change(
                "UPDATE person SET disabled_at = '', disabled_why = '' WHERE id = ?", (found.id,)
            )

    def from_provider(self, issuer: str, subject: str, name: str, roles: frozenset[Role]) -> str:
        """Return the id of whom a provider vouches for, with the roles of the groups there.

        Raises `UsageError` for one who is disabled here.
        """
        row = self._sql.row(
            f"SELECT {_COLUMNS} FROM person WHERE issuer = ? AND subject = ?", (issuer, subject)
        )
        if row is None:
            id = draw_id()
            called = self._free_name(name, id)
            detail = {"roles": roles_text(roles), "at": host_of(issuer)}
            with self._ledger.changing("person.add", "provider", called, detail):
                self._insert(id, called, roles, issuer, subject)
            return id
        found = _person(row)
        if found.disabled_at:
            raise UsageError("This account is disabled here; ask an administrator.")
        if found.roles != roles:
            detail = {"roles": roles_text(roles), "before": roles_text(found.roles)}
            with self._ledger.changing("person.roles", "provider", found.name, detail):
                self._sql.change(
                    "UPDATE person SET roles = ? WHERE id = ?", (roles_text(roles), found.id)
                )
        return found.id

    def everyone(self) -> list[Person]:
        """Return all people, by name."""
        return [
            _person(row) for row in self._sql.rows(f"SELECT {_COLUMNS} FROM person ORDER BY folded")
        ]

    def named(self, name: str) -> Person:
        """Return the person called so; raise `UsageError` when there is none."""
        row = self._sql.row(f"SELECT {_COLUMNS} FROM person WHERE folded = ?", (name.casefold(),))
        if row is None:
            raise UsageError(
                f"There is no person called '{name}'; see: tidebreak access person list"
            )
        return _person(row)

    def _insert(
        self, id: str, name: str, roles: frozenset[Role], issuer: str, subject: str
    ) -> None:
        row = self._sql.row(
            "INSERT INTO person (id, name, folded, roles, made_at, issuer, subject)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            (id, name, name.casefold(), roles_text(roles), self._ledger.now, issuer, subject),
        )
        if row is None:
            raise UsageError(f"'{name}' was added by somebody else meanwhile; try again.")

    def _invite(self, id: str) -> str:
        token, secret = draw_secret(), self._ledger.vault.seal(totp_place(id), draw_totp())
        digest = self._ledger.digests.of(INVITATION, token)
        until = later(self._ledger.now, INVITATION_DAYS)
        self._sql.change(
            "UPDATE person SET invitation = ?, invited_to = ?, totp = ?, last_step = 0"
            " WHERE id = ?",
            (digest, until, secret, id),
        )
        return token

    def _keep_one(self, leaving: Person) -> None:
        """Raise `UsageError` when nobody else could administer."""
        now = self._ledger.now
        able = [
            one.id for one in self.everyone()
            if Role.ADMINISTRATOR in one.roles and one.state(now) == "active"
        ]  # fmt: skip
        if able == [leaving.id]:
            raise UsageError(
                f"'{leaving.name}' is the last administrator; make somebody else one first."
            )

    def _free_name(self, name: str, id: str) -> str:
        taken = self._sql.row("SELECT id FROM person WHERE folded = ?", (name.casefold(),))
        fits = 0 < len(name) <= 80 and name.isprintable() and name == name.strip()
        if not fits or looks_like_one(name):
            return f"person {id}"
        return f"{name} ({id})" if taken else name


def host_of(issuer: str) -> str:
    """Return what the audit log calls a provider: the rest of its address may look like a hash."""
    host = urlsplit(issuer).hostname or ""
    return "a provider" if looks_like_one(host) else host


def totp_place(id: str) -> str:
    """Return the place in the vault of a person's secret for codes."""
    return f"access/totp/{id}"


def _person(row: tuple[object, ...]) -> Person:
    id, name, roles, made, disabled, why, has_password, invited, issuer = map(str, row)
    return Person(
        id, name, roles_of(roles), made, disabled, why, has_password == "1", invited, issuer
    )


def _required(roles: frozenset[Role]) -> None:
    if not roles:
        raise UsageError("Give a person at least one role; to let nobody in, disable the account.")
