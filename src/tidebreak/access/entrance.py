"""Logging in with name, password and code: slow to guess, and one answer for all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.access import codes
from tidebreak.access.alarms import AlarmKind, Alarms, Raised
from tidebreak.access.ledger import Ledger
from tidebreak.access.passwords import Passwords
from tidebreak.access.people import totp_place
from tidebreak.access.roles import Principal
from tidebreak.access.sessions import Session, Sessions
from tidebreak.access.setup import RECOVERY, SetUp
from tidebreak.access.throttle import ADDRESS, CODE, NAME, PAIR, Throttle, network_of
from tidebreak.errors import OverLimit, TidebreakError


class Denied(TidebreakError):
    """A log-in that is refused; which part of it was wrong is not told."""


@dataclass(frozen=True, slots=True)
class _Account:
    id: str = ""
    name: str = ""
    password: str = ""
    totp: bytes = b""


class Entrance:
    """Lets people in, by a store."""

    def __init__(self, ledger: Ledger, passwords: Passwords | None = None) -> None:
        self._ledger, self._sql = ledger, ledger.sql
        self._passwords = passwords or Passwords()
        self._throttle, self._alarms = Throttle(ledger), Alarms(ledger)
        self.sessions, self.set_up = Sessions(ledger), SetUp(ledger, self._passwords)

    def log_in(self, name: str, password: str, code: str, address: str = "") -> Session:
        """Return a new session; ``code`` is one of now, or a recovery code.

        Takes a tenth of a second: call it from a thread. Raises `Denied` when anything is wrong
        and `OverLimit` after too many failures.
        """
        account, folded = self._account(name), name.casefold()
        pair, place = (PAIR, f"{folded} {network_of(address)}"), (ADDRESS, network_of(address))
        self._throttle.enter(pair, place, (NAME, folded))
        genuine = self._passwords.verify(account.password, password)
        if not (genuine and self._code(account, code)):
            if account.id:
                self._ledger.audit.append(
                    "access.login.failed", "tidebreak", account.name, {"password": genuine}
                )
            raise Denied("The name, the password or the code is wrong; try again.")
        session = self.sessions.begin(account.id)
        if session is None:
            raise Denied("The name, the password or the code is wrong; try again.")
        self._throttle.forget(pair, (NAME, folded), (CODE, account.id))
        self._throttle.give_back(place)
        self._renew_hash(account, password)
        self._ledger.audit.append("access.login", f"person {account.name}", "session")
        return session

    def log_out(self, cookie: str) -> None:
        """End a session."""
        principal = self.sessions.principal(cookie)
        self.sessions.end(cookie)
        if principal:
            self._ledger.audit.append("access.logout", principal.actor, "session")

    def change_password(self, principal: Principal, old: str, new: str) -> None:
        """Change somebody's own password, and end all sessions; raises as `SetUp` does."""
        id = principal.id.removeprefix("person:")
        self._throttle.enter((CODE, id))
        self.set_up.change_password(id, old, new)
        self._throttle.forget((CODE, id))

    def _account(self, name: str) -> _Account:
        row = self._sql.row(
            "SELECT id, name, password, totp FROM person"
            " WHERE folded = ? AND disabled_at = '' AND password <> ''",
            (name.casefold(),),
        )
        return _Account(row[0], row[1], row[2], bytes(row[3] or b"")) if row else _Account()

    def _code(self, account: _Account, code: str) -> bool:
        """Whether this is a code of the account; it never is again."""
        try:
            self._throttle.enter((CODE, account.id))
        except OverLimit:
            # Not told to whoever tries: it would say that the password is right.
            who, kind = f"person:{account.id}", AlarmKind.GUESSING
            self._alarms.sound(Raised(who, account.name, kind, {"tries": CODE.free}))
            return False
        return self._take_step(account, code) or self._take_recovery(account, code)

    def _take_step(self, account: _Account, code: str) -> bool:
        secret = self._ledger.vault.open(totp_place(account.id), account.totp)
        step = codes.step_of(secret, code, self._ledger.clock())
        if step is None:
            return False
        with self._sql.writing():
            row = self._sql.row("SELECT last_step FROM person WHERE id = ?", (account.id,))
            if row is None or row[0] >= step:
                return False  # seen over a shoulder, or sent twice
            self._sql.change("UPDATE person SET last_step = ? WHERE id = ?", (step, account.id))
        return True

    def _take_recovery(self, account: _Account, code: str) -> bool:
        digest = self._ledger.digests.of(RECOVERY, codes.plain(code))
        with self._sql.writing():
            found = self._sql.row(
                "SELECT person FROM recovery WHERE digest = ? AND person = ?", (digest, account.id)
            )
            if found is None:
                return False
            self._sql.change("DELETE FROM recovery WHERE digest = ?", (digest,))
        actor = f"person {account.name}"
        self._ledger.audit.append("access.recovery.used", actor, account.name)
        return True

    def _renew_hash(self, account: _Account, password: str) -> None:
        if self._passwords.is_old(account.password):
            with self._sql.writing():
                self._sql.change(
                    "UPDATE person SET password = ? WHERE id = ? AND password = ?",
                    (self._passwords.hash(password), account.id, account.password),
                )
