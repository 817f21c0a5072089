"""What was asked and answered: found again, looked through, reviewed by people, counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.locators import looks_like_one
from tidebreak.model import Level, State
from tidebreak.screening.ids import first_at, is_id
from tidebreak.screening.rows import COLUMNS, Record, Review, Row, record_of
from tidebreak.screens import Action, Surface
from tidebreak.sql import Sql

MOST_ON_A_PAGE = 1000
_LONGEST_NOTE = 2000


class Outcome(StrEnum):
    """What a person finds of a verdict."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which screenings; what is None or empty chooses nothing out.

    ``waits``: whether a person is still to look. ``found``: at any level at which something known
    was found. ``since`` and ``until`` are moments, the latter not included.
    """

    client: str = ""
    level: Level | None = None
    state: State | None = None
    action: Action | None = None
    surface: Surface | None = None
    waits: bool | None = None
    found: bool = False
    retroactive: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many screenings of one kind there were in one hour (``2026-11-23T02``, UTC)."""

    hour: str
    client: str
    surface: str
    state: str
    level: str
    action: str
    number: int


class Records:
    """The store of screenings, for those who look things up in it."""

    def __init__(self, sql: Sql, audit: AuditLog) -> None:
        self.sql, self._audit = sql, audit

    def get(self, id: str) -> Record | None:
        """Return a screening with its reviews, None when there is none."""
        row = self.sql.row(f"SELECT {COLUMNS} FROM screening WHERE id = ?", (id,))
        return next(iter(self._records([row]))) if row else None

    def page(
        self, filter: Filter | None = None, *, after: str = "", limit: int = 100
    ) -> list[Record]:
        """Return up to ``limit`` screenings, the newest first, older than the one ``after``."""
        where, values = _where(filter or Filter())
        if after:
            if not is_id(after):
                raise UsageError("That is no id of a screening; take the last one of a page.")
            where, values = [*where, "id < ?"], [*values, after]
        rows = self.sql.rows(
            f"SELECT {COLUMNS} FROM screening WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?",
            (*values, max(1, min(limit, MOST_ON_A_PAGE))),
        )
        return self._records(rows)

    def since(self, moment: datetime) -> Iterator[Record]:
        """Yield all screenings made since then, oldest first, in bounded memory."""
        last = first_at(moment)
        order = ">="
        while True:
            rows = self.sql.rows(
                f"SELECT {COLUMNS} FROM screening WHERE id {order} ? ORDER BY id LIMIT ?",
                (last, MOST_ON_A_PAGE),
            )
            yield from (record_of(row) for row in rows)
            if len(rows) < MOST_ON_A_PAGE:
                return
            last, order = rows[-1][0], ">"

    def later(self, id: str) -> list[Record]:
        """Return the later verdicts about a screening, oldest first."""
        rows = self.sql.rows(
            f"SELECT {COLUMNS} FROM screening WHERE earlier = ? ORDER BY id", (id,)
        )
        return self._records(rows)

    def review(self, id: str, reviewer: str, outcome: Outcome, note: str = "") -> Record:
        """Write down what a person found of a verdict, audited; return it with all reviews.

        Nothing is overwritten: another review stands beside the first. Raises `UsageError` for an
        id that there is not, and for a note that is too long or holds what may be a hash.
        """
        _check_note(note)
        if self.get(id) is None:
            raise UsageError("There is no such screening; take its id from an answer or a list.")
        detail = {"outcome": outcome.value}
        with self._audit.around("screening.review", reviewer, id, detail), self.sql.writing():
            self.sql.change(
                "INSERT INTO review (screening_id, at, reviewer, outcome, note)"
                " VALUES (?, ?, ?, ?, ?)",
                (id, _now(), reviewer, outcome.value, note),
            )
            waits = int(outcome is Outcome.UNCLEAR)
            self.sql.change("UPDATE screening SET waits = ? WHERE id = ?", (waits, id))
        found = self.get(id)
        assert found is not None
        return found

    def backlog(self) -> int:
        """Return how many screenings wait for a person."""
        row = self.sql.row("SELECT count(*) FROM screening WHERE waits = 1")
        return row[0] if row else 0

    def counts(self, hours: int = 24) -> list[Count]:
        """Return how many there were of each kind in the last ``hours``, by the hour."""
        start = datetime.now(UTC) - timedelta(hours=hours)
        rows = self.sql.rows(
            "SELECT hour, client, surface, state, level, action, number FROM tally"
            " WHERE hour >= ? ORDER BY hour, client, surface, state, level, action",
            (start.isoformat()[:13],),
        )
        return [Count(*row) for row in rows]

    def reviewed(self, since: datetime) -> Iterator[Record]:
        """Yield the screenings made since then that people have reviewed."""
        rows = self.sql.rows(
            f"SELECT {COLUMNS} FROM screening WHERE id >= ?"
            " AND id IN (SELECT screening_id FROM review) ORDER BY id",
            (first_at(since),),
        )
        for start in range(0, len(rows), MOST_ON_A_PAGE):
            yield from self._records(rows[start : start + MOST_ON_A_PAGE])

    def _records(self, rows: Sequence[Row]) -> list[Record]:
        reviews = self._reviews([row[0] for row in rows])
        return [record_of(row, reviews.get(row[0], ())) for row in rows]

    def _reviews(self, ids: Sequence[str]) -> Mapping[str, list[Review]]:
        found: dict[str, list[Review]] = {}
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            for id, *review in self.sql.rows(
                "SELECT screening_id, at, reviewer, outcome, note FROM review"
                f" WHERE screening_id IN ({', '.join('?' * len(chunk))}) ORDER BY id",
                chunk,
            ):
                found.setdefault(id, []).append(Review(*review))
        return found


def _where(chosen: Filter) -> tuple[list[str], list[object]]:
    tests: list[tuple[str, object]] = []
    for column, value in (
        ("client", chosen.client or None),
        ("level", chosen.level and chosen.level.value),
        ("state", chosen.state and chosen.state.value),
        ("action", chosen.action and chosen.action.value),
        ("surface", chosen.surface and chosen.surface.value),
        ("waits", None if chosen.waits is None else int(chosen.waits)),
    ):
        if value is not None:
            tests.append((f"{column} = ?", value))
    if chosen.since is not None:
        tests.append(("id >= ?", first_at(chosen.since)))
    if chosen.until is not None:
        tests.append(("id < ?", first_at(chosen.until)))
    where, values = [test for test, _ in tests], [value for _, value in tests]
    if chosen.found:
        levels = [level.value for level in Level if level.found]
        where.append(f"level IN ({', '.join('?' * len(levels))})")
        values += levels
    if chosen.retroactive is not None:
        where.append("earlier != ''" if chosen.retroactive else "earlier = ''")
    return where or ["1 = 1"], values


def _check_note(note: str) -> None:
    if len(note) > _LONGEST_NOTE:
        raise UsageError(f"A note has at most {_LONGEST_NOTE} characters.")
    if looks_like_one(note):
        raise UsageError("A note takes no hashes; leave it out, or name the entry by its number.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
