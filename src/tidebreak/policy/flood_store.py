"""Counts of matches and floods as they are kept: shared by replicas, there after a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tidebreak.errors import UsageError
from tidebreak.policy.flooding import EntryName, FloodLimits
from tidebreak.sql import Sql

SLOT_SECONDS = 300
"""What is counted together; a window ends up to so much too early."""

USUAL_SLOTS = 24 * 3600 // SLOT_SECONDS
"""How far back the usual rate is taken from."""

_QUIET_SECONDS = 30 * 24 * 3600
_KEPT_SLOTS = 3 * USUAL_SLOTS


class FloodState(StrEnum):
    """What became of a flood."""

    OPEN = "open"
    RELEASED = "released"
    """A person says that it is over: the entry is counted anew."""
    CONFIRMED = "confirmed"
    """A person says that the entry is right: for 30 days its floods hold nothing back."""


@dataclass(frozen=True, slots=True)
class Flood:
    """An entry that suddenly matched too often.

    ``how`` it was recognised (`tidebreak.policy.flooding.how_of`); ``matches`` in its window when
    it began (UTC, ISO 8601), ``usual`` in as long a time before.
    """

    id: int
    list: str
    entry: str
    how: str
    began_at: str
    matches: int
    usual: float
    state: FloodState = FloodState.OPEN
    ended_at: str = ""
    ended_by: str = ""

    @property
    def name(self) -> EntryName:
        """The list, its entry, and how it was recognised."""
        return (self.list, self.entry, self.how)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an entry matched in the window, and usually in as long a time."""

    recent: int
    usual: float

    def floods(self, limits: FloodLimits) -> bool:
        """Whether that is a flood."""
        return self.recent >= max(limits.count, limits.times_usual * self.usual)


_COLUMNS = "id, list, entry, how, began_at, matches, usual, state, ended_at, ended_by"


class FloodStore:
    """The store ``floods``. Times are seconds since 1970."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def close(self) -> None:
        """Close the store."""
        self._sql.close()

    def add(self, counts: Mapping[tuple[EntryName, int], int]) -> None:
        """Add matches by entry and slot."""
        with self._sql.writing():
            self._sql.change_many(
                "INSERT INTO flood_count (list, entry, how, slot, matches) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (list, entry, how, slot)"
                " DO UPDATE SET matches = flood_count.matches + excluded.matches",
                ((*name, slot, count) for (name, slot), count in sorted(counts.items())),
            )

    def tallies(
        self, wanted: Mapping[EntryName, FloodLimits], now: float
    ) -> dict[EntryName, Tally]:
        """Return how often each entry matched, by all replicas, up to ``now``."""
        with self._sql.reading():
            return {name: self._tally(name, limits, now) for name, limits in wanted.items()}

    def _tally(self, name: EntryName, limits: FloodLimits, now: float) -> Tally:
        window = -(-limits.minutes * 60 // SLOT_SECONDS)
        start = int(now // SLOT_SECONDS) - window
        row = self._sql.row(
            "SELECT COALESCE(SUM(CASE WHEN slot > ? THEN matches ELSE 0 END), 0),"
            " COALESCE(SUM(CASE WHEN slot > ? THEN 0 ELSE matches END), 0)"
            " FROM flood_count WHERE list = ? AND entry = ? AND how = ? AND slot > ?",
            (start, start, *name, start - USUAL_SLOTS),
        )
        recent, before = row or (0, 0)
        return Tally(int(recent), int(before) * window / USUAL_SLOTS)

    def begin(
        self, name: EntryName, tally: Tally, now: float, note: Callable[[Flood], None]
    ) -> None:
        """Note that an entry floods, unless that is known or a person confirmed the entry.

        When ``note`` raises, the flood has not begun: none is without its alarm.
        """
        with self._sql.writing():
            if self._sql.row(
                "SELECT id FROM flood WHERE list = ? AND entry = ? AND how = ? AND (state = ?"
                " OR quiet_until > ?)",
                (*name, FloodState.OPEN.value, int(now)),
            ):
                return
            row = self._sql.row(
                "INSERT INTO flood (list, entry, how, began_at, matches, usual, state, ended_at,"
                " ended_by, quiet_until) VALUES (?, ?, ?, ?, ?, ?, ?, '', '', 0)"
                f" RETURNING {_COLUMNS}",
                (*name, _text(now), tally.recent, tally.usual, FloodState.OPEN.value),
            )
            if row is not None:
                note(_flood(row))

    def open(self) -> list[Flood]:
        """Return the floods that wait for a person, the oldest first."""
        query = f"SELECT {_COLUMNS} FROM flood WHERE state = ? ORDER BY id"
        return [_flood(row) for row in self._sql.rows(query, (FloodState.OPEN.value,))]

    def newest(self, limit: int) -> list[Flood]:
        """Return the last floods, whatever became of them, the newest first."""
        rows = self._sql.rows(f"SELECT {_COLUMNS} FROM flood ORDER BY id DESC LIMIT ?", (limit,))
        return [_flood(row) for row in rows]

    def quiet(self, now: float) -> frozenset[EntryName]:
        """Return the entries that a person confirmed, whose floods hold nothing back."""
        rows = self._sql.rows(
            "SELECT list, entry, how FROM flood WHERE quiet_until > ?", (int(now),)
        )
        return frozenset((name, entry, how) for name, entry, how in rows)

    def end(self, list: str, entry: str, state: FloodState, who: str, now: float) -> None:
        """Note a person's word on an entry's floods; raise `UsageError` when there is none."""
        with self._sql.writing():
            known = "list = ? AND entry = ? AND state = ?"
            open_ones = (list, entry, FloodState.OPEN.value)
            if self._sql.row(f"SELECT id FROM flood WHERE {known}", open_ones) is None:
                raise UsageError(
                    "That entry does not flood; tidebreak policy floods shows what does."
                )
            quiet = int(now) + _QUIET_SECONDS if state is FloodState.CONFIRMED else 0
            self._sql.change(
                "UPDATE flood SET state = ?, ended_at = ?, ended_by = ?, quiet_until = ?"
                f" WHERE {known}",
                (state.value, _text(now), who, quiet, *open_ones),
            )
            self._sql.change("DELETE FROM flood_count WHERE list = ? AND entry = ?", (list, entry))

    def forget(self, now: float) -> None:
        """Drop counts that nothing depends on any more."""
        with self._sql.writing():
            before = int(now // SLOT_SECONDS) - _KEPT_SLOTS
            self._sql.change("DELETE FROM flood_count WHERE slot < ?", (before,))


def _flood(row: tuple[object, ...]) -> Flood:
    number, name, entry, how, began, matches, usual, state, ended, who = map(str, row)
    return Flood(
        int(number), name, entry, how, began, int(matches), float(usual), FloodState(state),
        ended, who,
    )  # fmt: skip


def _text(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
