"""What somebody who was invited does: choose a password, and prove to have the codes.

Also by whom a password is changed later. An invitation is good once; it ends when it has been
used, or after three days.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tidebreak.access import codes, passwords
from tidebreak.access.ledger import Ledger
from tidebreak.access.passwords import Passwords
from tidebreak.access.people import INVITATION, totp_place
from tidebreak.access.sessions import Sessions
from tidebreak.errors import UsageError

RECOVERY = "recovery"
"""The purpose of the digests of recovery codes."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited, and what goes into an authenticator app: as text, or in a picture."""

    name: str
    secret: str = field(repr=False)
    uri: str = field(repr=False)


class SetUp:
    """Sets up accounts, in a store."""

    def __init__(self, ledger: Ledger, passwords: Passwords) -> None:
        self._ledger, self._sql, self._passwords = ledger, ledger.sql, passwords

    def begin(self, invitation: str) -> Invited:
        """Return who was invited; raise `UsageError` for an invitation that is none."""
        _, name, secret = self._invited(invitation)
        return Invited(name, codes.shown_secret(secret), codes.uri(secret, name))

    def finish(self, invitation: str, password: str, code: str) -> list[str]:
        """Let the person log in from now on; return ten recovery codes, to be shown once.

        Raises `UsageError` for a password that should not be chosen, and a code that is wrong.
        """
        id, name, secret = self._invited(invitation)
        step = codes.step_of(secret, code, self._ledger.clock())
        if step is None:
            raise UsageError(
                "That is not the code of now; see whether the device's clock is right."
            )
        kept = self._passwords.hash(passwords.checked(password, name))
        with self._ledger.changing("person.set-up", f"person {name}", name, {}):
            if self._invited(invitation)[0] != id:
                raise UsageError("This invitation was used meanwhile; ask for another.")
            self._sql.change(
                "UPDATE person SET password = ?, last_step = ?, invitation = NULL, invited_to = ''"
                " WHERE id = ?",
                (kept, step, id),
            )
            return self._new_recovery(id)

    def change_password(self, person: str, old: str, new: str) -> None:
        """Change the password of the person with this id, and end all sessions.

        Raises `UsageError` unless ``old`` is right and ``new`` may be chosen. Whoever offers this
        counts the tries (`Entrance.change_password` does).
        """
        row = self._sql.row("SELECT name, password FROM person WHERE id = ?", (person,))
        name, kept = row or ("", "")
        if not self._passwords.verify(kept, old):
            raise UsageError("The old password is not right.")
        made = self._passwords.hash(passwords.checked(new, name))
        with self._ledger.changing("person.password", f"person {name}", name, {}):
            self._sql.change("UPDATE person SET password = ? WHERE id = ?", (made, person))
            Sessions(self._ledger).end_all(person)

    def renew_recovery(self, person: str, name: str) -> list[str]:
        """Return new recovery codes; the old ones are good for nothing any more."""
        with self._ledger.changing("person.recovery", f"person {name}", name, {}):
            return self._new_recovery(person)

    def _new_recovery(self, id: str) -> list[str]:
        drawn = codes.draw_recovery()
        self._sql.change("DELETE FROM recovery WHERE person = ?", (id,))
        self._sql.change_many(
            "INSERT INTO recovery (digest, person) VALUES (?, ?)",
            [(self._ledger.digests.of(RECOVERY, codes.plain(code)), id) for code in drawn],
        )
        return drawn

    def _invited(self, invitation: str) -> tuple[str, str, bytes]:
        row = self._sql.row(
            "SELECT id, name, totp FROM person"
            " WHERE invitation = ? AND invited_to > ? AND disabled_at = ''",
            (self._ledger.digests.of(INVITATION, invitation), self._ledger.now),
        )
        if row is None:
            raise UsageError("This invitation is none, or has ended; ask an administrator for one.")
        id, name, sealed = row
        return id, name, self._ledger.vault.open(totp_place(id), bytes(sealed))
