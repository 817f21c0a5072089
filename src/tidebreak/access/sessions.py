"""Sessions of people: on the server, so that each can be ended; the browser has a random name.

The cookie is `COOKIE`, with `COOKIE_ATTRIBUTES`. Whatever changes something needs the token of
`csrf` besides (a header or a field of a form), since a browser sends cookies by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest

from tidebreak.access.bearer import draw_secret
from tidebreak.access.ledger import Ledger, at
from tidebreak.access.limits import OF_PEOPLE
from tidebreak.access.records import roles_of
from tidebreak.access.roles import Principal, permissions_of

COOKIE = "__Host-tidebreak"
COOKIE_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"

IDLE_SECONDS, LONGEST_SECONDS = 1800, 12 * 3600
_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """One that has just begun. The cookie is known to nobody else."""

    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
    principal: Principal


class Sessions:
    """The sessions in a store; they end 30 minutes after their last use, and after 12 hours."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._sql = ledger, ledger.sql

    def begin(self, person: str) -> Session | None:
        """Begin a session of the person with this id; None for one who is not there any more."""
        cookie, now = draw_secret(), self._ledger.now
        with self._sql.writing():
            self._sql.change("DELETE FROM session WHERE made_at < ?", (self._oldest(),))
            self._sql.change(
                "INSERT INTO session (digest, person, made_at, seen_at) VALUES (?, ?, ?, ?)",
                (self._digest(cookie), person, now, now),
            )
        principal = self.principal(cookie)
        return Session(cookie, self.csrf(cookie), principal) if principal else None

    def principal(self, cookie: str) -> Principal | None:
        """Return whose session this is, with the roles of now; None when it has ended.

        Asks the store, so that whoever is disabled is out at once: call it from a thread.
        """
        digest, seconds = self._digest(cookie), self._ledger.clock()
        row = self._sql.row(
            "SELECT person.id, name, roles, seen_at FROM session"
            " JOIN person ON person.id = session.person"
            " WHERE digest = ? AND session.made_at >= ? AND seen_at >= ? AND disabled_at = ''",
            (digest, self._oldest(), at(seconds - IDLE_SECONDS)),
        )
        if row is None:
            return None
        id, name, roles, seen = row
        if seen < at(seconds - _TOUCH_SECONDS):
            with self._sql.writing():
                self._sql.change(
                    "UPDATE session SET seen_at = ? WHERE digest = ?", (at(seconds), digest)
                )
        permissions = permissions_of(roles_of(roles))
        return Principal(f"person:{id}", name, permissions, limits=OF_PEOPLE, person=True)

    def end(self, cookie: str) -> None:
        """End this session, if there is one."""
        with self._sql.writing():
            self._sql.change("DELETE FROM session WHERE digest = ?", (self._digest(cookie),))

    def end_all(self, person: str) -> None:
        """End every session of the person with this id; inside a transaction."""
        self._sql.change("DELETE FROM session WHERE person = ?", (person,))

    def csrf(self, cookie: str) -> str:
        """Return the token that belongs to the session of ``cookie``."""
        return self._ledger.digests.of("csrf", cookie).hex()

    def is_csrf(self, cookie: str, token: str) -> bool:
        """Whether ``token`` is that of this session."""
        return compare_digest(self.csrf(cookie).encode(), token.encode(errors="replace"))

    def _digest(self, cookie: str) -> bytes:
        return self._ledger.digests.of("session", cookie)

    def _oldest(self) -> str:
        return at(self._ledger.clock() - LONGEST_SECONDS)
