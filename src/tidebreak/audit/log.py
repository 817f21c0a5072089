"""The audit log: events in a chain of hashes, so that a change to any of them shows.

Each record's hash is SHA-256 over its canonical JSON, which holds the hash of the record before.
Cutting off the end is found by comparing with a `Head` that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tidebreak.errors import Damaged, UsageError
from tidebreak.locators import looks_like_one
from tidebreak.sql import Kind, Sql
from tidebreak.sqlite import SqliteFile

DetailValue = str | int | float | bool | None
Detail = Mapping[str, DetailValue]

_START = "0" * 64
_WAIT_SECONDS = 10.0

_SCHEMA = """
-- Where there is none: the log was not numbered at first.
CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL)
STRICT;
"""

# Text that somebody damaged is to be found by its hash, not by a failing decoder.
KIND = Kind("audit log", [_SCHEMA], ("synchronous = FULL",), kept=("event",), lenient=True)


@dataclass(frozen=True, slots=True)
class Event:
    """One record: who did what to which object, when (UTC, ISO 8601)."""

    number: int
    at: str
    actor: str
    action: str
    object: str
    detail: Detail


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it is kept: ``hash`` is SHA-256 of ``body``, which is canonical JSON."""

    number: int
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last record's number (0 when there is none) and hash: note it where nobody reaches."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Outcome of `AuditLog.verify`: ``bad`` is the first record that is wrong, 0 when none is."""

    events: int
    bad: int = 0
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Whether every record is what was written."""
        return not self.bad


class AuditLog:
    """The log in a store of its own, so that appending never waits for an import."""

    def __init__(self, where: Path | Sql) -> None:
        """``where`` is an open store of this `KIND`, or the file that is one or will be."""
        self._db = SqliteFile(where, KIND) if isinstance(where, Path) else where

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def append(self, action: str, actor: str, object: str, detail: Detail | None = None) -> Event:
        """Add one event and return it; safe from several processes at once.

        Raises `UsageError` for a text that holds what may be a locator.
        """
        detail = dict(detail or {})
        _refuse_locators([action, actor, object, *(v for v in detail.values() if type(v) is str)])
        with self._db.writing():
            head = self.head()
            event = Event(head.number + 1, _now(), actor, action, object, detail)
            body = _canonical(event, head.hash)
            row = (event.number, body, _hash(body))
            self._db.change("INSERT INTO event (seq, body, hash) VALUES (?, ?, ?)", row)
        return event

    @contextmanager
    def around(
        self, action: str, actor: str, object: str, detail: Detail | None = None
    ) -> Generator[dict[str, DetailValue]]:
        """Record ``action`` before it happens and its outcome after.

        No change is ever without its event: one that is killed has a beginning without an end.
        What the caller puts into the yielded dictionary is told with the outcome.
        """
        self.append(f"{action}.begin", actor, object, detail)
        outcome: dict[str, DetailValue] = {}
        try:
            yield outcome
        except BaseException as error:
            self.append(f"{action}.failed", actor, object, {"error": type(error).__name__})
            raise
        self.append(action, actor, object, outcome)

    def head(self) -> Head:
        """Return the last record's number and hash."""
        row = self._db.row("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1")
        return Head(*row) if row else Head(0, _START)

    def events(self) -> Generator[Event]:
        """Yield all events, oldest first; raises `Damaged` at one that is none."""
        for seq, body in self._db.stream("SELECT seq, body FROM event ORDER BY seq"):
            yield self._event(seq, body)

    def page(self, after: int, limit: int) -> list[Event]:
        """Return up to ``limit`` events that follow number ``after``, oldest first."""
        rows = self._db.rows(
            "SELECT seq, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        )
        return [self._event(seq, body) for seq, body in rows]

    def records(self, after: int = 0) -> Generator[Record]:
        """Yield what is kept of all events that follow number ``after``, oldest first."""
        rows = self._db.stream(
            "SELECT seq, body, hash FROM event WHERE seq > ? ORDER BY seq", (after,)
        )
        for seq, body, stored in rows:
            yield Record(seq, body, stored)

    def record(self, number: int) -> Record | None:
        """Return what is kept of one event, None when there is none of that number."""
        row = self._db.row("SELECT seq, body, hash FROM event WHERE seq = ?", (number,))
        return Record(*row) if row else None

    def _event(self, seq: int, body: str) -> Event:
        try:
            record = json.loads(body)
            parts = (record[name] for name in ("at", "actor", "action", "object", "detail"))
            return Event(seq, *parts)
        except (ValueError, TypeError, KeyError):
            raise Damaged(f"Record {seq} of the audit log is no event; restore the log.") from None

    def verify(self, head: Head | None = None) -> Verification:
        """Check every record; with a noted ``head`` also that the end was not cut off."""
        expected, previous = 1, _START
        for seq, body, stored in self._db.stream("SELECT seq, body, hash FROM event ORDER BY seq"):
            reason = _fault(seq, body, stored, expected, previous)
            if reason:
                return Verification(expected - 1, min(seq, expected), reason)
            if head is not None and seq == head.number and stored != head.hash:
                return Verification(expected - 1, seq, "its hash is not the one noted elsewhere")
            expected, previous = seq + 1, stored
        if head is not None and expected <= head.number:
            return Verification(expected - 1, expected, "the end of the log is missing")
        return Verification(expected - 1)


def _fault(seq: int, body: str, stored: str, expected: int, previous: str) -> str:
    if seq != expected:
        return f"record {expected} is missing"
    if _hash(body) != stored:
        return "its content does not have its hash"
    try:
        record = json.loads(body)
        chained = record["prev"] == previous and record["seq"] == seq
    except (ValueError, TypeError, KeyError):
        return "it is not a record"
    return "" if chained else "it does not follow the record before it"


def _canonical(event: Event, previous: str) -> str:
    record = {
        "seq": event.number,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "object": event.object,
        "detail": event.detail,
        "prev": previous,
    }
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _refuse_locators(texts: list[str]) -> None:
    if any(map(looks_like_one, texts)):
        raise UsageError(
            "The audit log takes no hashes; leave the hash out of the text, or name the entry."
        )
