"""Who may ask: operators, their tokens, quotas and alarms, in one SQLite file.

Everything that counts is in the file, so that a restart forgets nothing and several processes
count together. Of a token only a keyed digest is kept.
"""

from __future__ import annotations

import base64
import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest
from pathlib import Path

from tidebreak.audit.log import AuditLog, Detail
from tidebreak.errors import OverLimit, UsageError
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.online.token import Token
from tidebreak.sqlite import Kind, SqliteFile

_SCHEMA = """
CREATE TABLE operator (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    token       BLOB NOT NULL,
    added_at    TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    revoked_at  TEXT NOT NULL DEFAULT '',
    revoked_why TEXT NOT NULL DEFAULT '',
    per_day     INTEGER NOT NULL,
    per_second  REAL NOT NULL,
    burst       INTEGER NOT NULL,
    alarm_hits  INTEGER NOT NULL,
    alarm_share REAL NOT NULL,
    allowance   REAL NOT NULL,
    refilled    REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX operator_name ON operator (name) WHERE revoked_at = '';
CREATE TABLE usage (
    operator TEXT NOT NULL REFERENCES operator,
    day      TEXT NOT NULL,
    asked    INTEGER NOT NULL DEFAULT 0,
    hits     INTEGER NOT NULL DEFAULT 0,
    alarms   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (operator, day)
) STRICT, WITHOUT ROWID;
"""

_LIMITS = ", ".join(item.name for item in fields(Limits))
_COLUMNS = f"id, name, added_at, expires_at, revoked_at, revoked_why, {_LIMITS}"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Operator:
    """One who may ask. Times are UTC, ISO 8601; empty when there is none."""

    id: str
    name: str
    added_at: str
    expires_at: str
    revoked_at: str
    revoked_why: str
    limits: Limits

    def state(self, now: str) -> str:
        """Return ``active``, ``expired`` or ``revoked``."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now else "active"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an operator asked in one day, and the alarms that it raised."""

    day: str = ""
    asked: int = 0
    hits: int = 0
    alarms: tuple[str, ...] = ()


_SET_BACK = 7200.0
"""Seconds that a clock may be set back without giving anything away."""


class Operators:
    """The file; safe from several threads. Times come from ``clock`` (seconds since 1970)."""

    def __init__(
        self,
        path: Path,
        keys: SealKeys,
        audit: AuditLog,
        actor: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Losing the last second of counting to a power cut is no harm.
        self._db = SqliteFile(path, Kind("file of operators", [_SCHEMA], ("synchronous = NORMAL",)))
        self._keys, self._audit, self._actor, self._clock = keys, audit, actor, clock
        self._alone = threading.RLock()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Generator[None]:
        with self._alone, self._db.writing():
            yield

    def add(self, name: str, limits: Limits | None = None, *, days: int = 365) -> Token:
        """Add an operator and return its token, which nobody can be shown again.

        It expires after ``days``, never with 0. Raises `UsageError`.
        """
        limits = (limits or Limits()).checked()
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
            raise UsageError(f"An operator needs a name of 1 to {_LONGEST_NAME} plain characters.")
        if self._named(name):
            raise UsageError(
                f"There is an operator called '{name}' already; revoke it first, or choose another"
                " name."
            )
        token = Token(base64.b32encode(os.urandom(5)).decode().lower(), self._keys.public,
                      os.urandom(32))  # fmt: skip
        expires = self._at(timedelta(days=days)) if days else ""
        values = (token.operator, name, self._digest(token.secret), self._at(), expires, "", "",
                  *asdict(limits).values(), float(limits.burst), self._clock())  # fmt: skip
        self._note("seal.operator.add", name, {"expires": expires, **asdict(limits)})
        with self._writing():
            self._db.change(
                f"INSERT INTO operator (id, name, token, added_at, expires_at, revoked_at,"
                f" revoked_why, {_LIMITS}, allowance, refilled)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
        return token

    def revoke(self, name: str, reason: str) -> None:
        """Refuse the operator from now on; raise `UsageError` when there is none."""
        found = self._named(name)
        if found is None:
            raise UsageError(f"There is no operator called '{name}' that could be revoked.")
        self._note("seal.operator.revoke", name, {"reason": reason})
        with self._writing():
            self._db.change(
                "UPDATE operator SET revoked_at = ?, revoked_why = ? WHERE id = ?",
                (self._at(), reason, found.id),
            )

    def everyone(self) -> list[Operator]:
        """Return all operators, revoked ones too, by name."""
        return [
            _operator(row)
            for row in self._db.rows(f"SELECT {_COLUMNS} FROM operator ORDER BY name, added_at")
        ]

    def state(self, operator: Operator) -> str:
        """Return ``active``, ``expired`` or ``revoked``, as it is now."""
        return operator.state(self._at())

    def admitted(self, id: str, secret: bytes) -> Operator | None:
        """Return the operator if it may ask now; as slow for one that there is not."""
        with self._alone:
            row = self._db.row(f"SELECT {_COLUMNS}, token FROM operator WHERE id = ?", (id,))
        genuine = compare_digest(row[-1] if row else bytes(32), self._digest(secret))
        if row is None or not genuine:
            return None
        operator = _operator(row[:-1])
        return operator if self.state(operator) == "active" else None

    def charge(self, operator: Operator, count: int) -> None:
        """Count ``count`` elements before they are evaluated; raise `OverLimit` for too many."""
        now, limits = self._clock(), operator.limits
        with self._writing():
            asked = self._used(operator).asked + count
            if asked > limits.per_day:
                raise OverLimit("The quota of this day is used up.", self._until_midnight())
            row = self._db.row(
                "SELECT allowance, refilled FROM operator WHERE id = ?", (operator.id,)
            )
            allowance, refilled = row or (0.0, now)
            if refilled - now > _SET_BACK:
                refilled = now  # the clock had gone ahead and came back: nobody waits for that
            gained = max(0.0, now - refilled) * limits.per_second
            left = min(float(limits.burst), allowance + gained) - count
            if left < 0:
                raise OverLimit(
                    "More was asked than is allowed at once.", -left / limits.per_second
                )
            self._db.change(
                "UPDATE operator SET allowance = ?, refilled = ? WHERE id = ?",
                (left, max(now, refilled), operator.id),
            )
            raised = self._count(operator, asked=count)
        self._sound(operator, raised)

    def hit(self, operator: Operator, count: int) -> None:
        """Count ``count`` values that an operator had confirmed and that are known."""
        with self._writing():
            raised = self._count(operator, hits=count)
        self._sound(operator, raised)

    def used(self, operator: Operator, days: int = 1) -> list[Usage]:
        """Return what was asked in the last ``days``, today first; days without are left out."""
        since = self._at(timedelta(days=1 - days))[:10]
        rows = self._db.rows(
            "SELECT day, asked, hits, alarms FROM usage WHERE operator = ? AND day >= ?"
            " ORDER BY day DESC", (operator.id, since),
        )  # fmt: skip
        return [_usage(row) for row in rows]

    def _used(self, operator: Operator) -> Usage:
        row = self._db.row(
            "SELECT day, asked, hits, alarms FROM usage WHERE operator = ? AND day = ?",
            (operator.id, self._at()[:10]),
        )
        return _usage(row) if row else Usage(self._at()[:10])

    def _count(self, operator: Operator, asked: int = 0, hits: int = 0) -> list[tuple[str, Usage]]:
        """Add to the day's numbers; return the alarms that are new, with the numbers."""
        used = self._used(operator)
        total = Usage(used.day, used.asked + asked, used.hits + hits, used.alarms)
        raised = [
            name for name in operator.limits.alarms(total.asked, total.hits)
            if name not in used.alarms
        ]  # fmt: skip
        self._db.change(
            "INSERT INTO usage VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " asked = excluded.asked, hits = excluded.hits, alarms = excluded.alarms",
            (operator.id, total.day, total.asked, total.hits, ",".join([*used.alarms, *raised])),
        )
        return [(name, total) for name in raised]

    def _sound(self, operator: Operator, raised: list[tuple[str, Usage]]) -> None:
        for name, used in raised:
            detail = {"alarm": name, "day": used.day, "asked": used.asked, "hits": used.hits}
            self._note("seal.alarm", operator.name, detail)

    def _named(self, name: str) -> Operator | None:
        row = self._db.row(
            f"SELECT {_COLUMNS} FROM operator WHERE name = ? AND revoked_at = ''", (name,)
        )
        return _operator(row) if row else None

    def _digest(self, secret: bytes) -> bytes:
        return blake2b(secret, digest_size=32, key=self._keys.tokens, person=b"tb:token").digest()

    def _note(self, action: str, name: str, detail: Detail) -> None:
        with self._alone:
            self._audit.append(action, self._actor, name, detail)

    def _at(self, later: timedelta = timedelta()) -> str:
        return (datetime.fromtimestamp(self._clock(), UTC) + later).isoformat(timespec="seconds")

    def _until_midnight(self) -> float:
        return 86400.0 - self._clock() % 86400.0


def _operator(row: tuple[object, ...]) -> Operator:
    return Operator(*row[:6], Limits(*row[6:]))  # type: ignore[arg-type]


def _usage(row: tuple[object, ...]) -> Usage:
    day, asked, hits, alarms = row
    return Usage(day, asked, hits, tuple(filter(None, str(alarms).split(","))))  # type: ignore[arg-type]
