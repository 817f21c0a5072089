"""Alarms: what somebody should look at. Each is an audit event, and is told once a day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tidebreak.access.ledger import Ledger
from tidebreak.errors import UsageError

_COLUMNS = "id, who, name, kind, day, detail, raised_at, seen_at, seen_by"


class AlarmKind(StrEnum):
    """Why somebody should look."""

    MANY_HITS = "many hits"
    HIGH_SHARE = "high share of hits"
    UNUSUAL_SHARE = "far more hits than usual"
    VARIANTS = "variants of one hit"
    """The same picture over and over, changed a little each time: as one who looks for the edge."""
    QUOTA = "nearly all of the quota"
    EXPIRES = "key expires soon"
    GUESSING = "codes are being guessed"
    """Somebody has a person's password and tries codes."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm about ``who`` (`Principal.id`). Times are UTC, ISO 8601; ``day`` is their day."""

    id: int
    who: str
    name: str
    kind: AlarmKind
    day: str
    detail: Mapping[str, int]
    raised_at: str
    seen_at: str = ""
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """What is to be told; ``day`` says how often: once for each."""

    who: str
    name: str
    kind: AlarmKind
    detail: Mapping[str, int]
    day: str = ""


class Alarms:
    """The alarms in a store."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._sql = ledger, ledger.sql

    def sound(self, raised: Raised) -> Alarm | None:
        """Keep an alarm and return it; None when it, or another process, told of it already."""
        now = self._ledger.now
        day, detail = raised.day or now[:10], json.dumps(dict(raised.detail))
        values = (raised.who, raised.name, raised.kind, day, detail, now)
        with self._sql.writing():
            row = self._sql.row(
                "INSERT INTO alarm (who, name, kind, day, detail, raised_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (who, kind, day) DO NOTHING RETURNING id",
                values,
            )
        if row is None:
            return None
        self._ledger.audit.append(
            "access.alarm", "tidebreak", raised.name, {"alarm": raised.kind, **raised.detail}
        )
        return Alarm(row[0], raised.who, raised.name, raised.kind, day, raised.detail, now)

    def seen(self, id: int, by: str) -> None:
        """Note that somebody looked at an alarm; raise `UsageError` when there is none."""
        found = next((one for one in self.everything() if one.id == id), None)
        if found is None:
            raise UsageError(f"There is no alarm {id}; see: tidebreak access alarms --all")
        detail = {"alarm": found.kind, "number": id}
        with self._ledger.changing("alarm.seen", by, found.name, detail):
            self._sql.change(
                "UPDATE alarm SET seen_at = ?, seen_by = ? WHERE id = ?", (self._ledger.now, by, id)
            )

    def everything(self, *, unseen: bool = False) -> list[Alarm]:
        """Return all alarms, or those that nobody has looked at, oldest first."""
        which = " WHERE seen_at = ''" if unseen else ""
        return [
            Alarm(id, who, name, AlarmKind(kind), day, json.loads(detail), *rest)
            for id, who, name, kind, day, detail, *rest in self._sql.rows(
                f"SELECT {_COLUMNS} FROM alarm{which} ORDER BY id"
            )
        ]
