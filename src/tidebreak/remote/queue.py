"""What was hashed and what was answered, kept so that neither a crash nor silence loses any of it.

What waits for an answer is encrypted: it names media that this site holds, known ones among them.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tidebreak.errors import UsageError
from tidebreak.model import Examination, Level, Match, Signal, State, Verdict
from tidebreak.remote.judges import Judged
from tidebreak.remote.terms import Terms
from tidebreak.sql import Sql
from tidebreak.store.vault import Vault

_ITEM = (
    "INSERT INTO item (run, path, member, size, content, reason, note, state, level, verdict,"
    " version, waiting, signals) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

_NO_ANSWER = "nobody has said yet whether it is known"


@dataclass(frozen=True, slots=True)
class Run:
    """One scan whose matching happens elsewhere."""

    id: int
    terms: Terms
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one thing came to; ``verdict`` as JSON has it."""

    path: bytes
    member: str
    size: int
    content: str
    state: State
    level: Level
    reason: str
    note: str
    verdict: Mapping[str, Any]
    waiting: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that is still to be asked for; ``reason`` is what was not examined of it."""

    id: int
    reason: str
    note: str
    signals: tuple[Signal, ...]


class Queue:
    """The store of runs. One writer; safe to kill at any instruction."""

    def __init__(self, sql: Sql, vault: Vault) -> None:
        self._sql, self._vault = sql, vault

    def begin(self, terms: Terms, roots: Sequence[bytes]) -> Run:
        """Note that a run starts."""
        written = json.dumps([root.hex() for root in roots])
        with self._sql.writing():
            row = self._sql.row(
                "INSERT INTO run (started, terms, roots) VALUES (?, ?, ?) RETURNING id",
                (_now(), terms.as_text(), written),
            )
        assert row is not None
        return Run(row[0], terms, tuple(roots))

    def interrupted(self) -> Run:
        """Return the last run if it did not come to its end; raises `UsageError` if it did."""
        row = self._sql.row("SELECT id, finished, terms, roots FROM run ORDER BY id DESC LIMIT 1")
        if row is None or row[1]:
            raise UsageError(
                "No remote scan was interrupted; start a new one: tidebreak remote scan PATH"
            )
        roots = tuple(bytes.fromhex(root) for root in json.loads(row[3]))
        return Run(row[0], Terms.from_text(row[2]), roots)

    def finish(self, run: int) -> None:
        """Note that everything was hashed and answered."""
        with self._sql.writing():
            self._sql.change("UPDATE run SET finished = ? WHERE id = ?", (_now(), run))

    def seen(self, run: int, path: bytes) -> bool:
        """Whether this run has hashed ``path``."""
        query = "SELECT 1 FROM item WHERE run = ? AND path = ? LIMIT 1"
        return self._sql.row(query, (run, path)) is not None

    def add(self, run: Run, hashed: Sequence[tuple[bytes, Examination]]) -> None:
        """Keep what was hashed, whole files together; what can be asked for waits."""
        with self._sql.writing():
            self._sql.change_many(_ITEM, [self._row(run, path, found) for path, found in hashed])

    def waiting(self, run: int, most: int) -> list[Waiting]:
        """Return up to ``most`` of what is still to be asked for."""
        rows = self._sql.rows(
            "SELECT id, path, member, reason, note, signals FROM item WHERE run = ? AND waiting = 1"
            " ORDER BY id LIMIT ?",
            (run, most),
        )
        return [
            Waiting(
                id_, reason, note, _signals(self._vault.open(_place(run, path, member), sealed))
            )
            for id_, path, member, reason, note, sealed in rows
        ]

    def answer(self, answered: Sequence[tuple[Waiting, Judged]]) -> None:
        """Keep answers, and forget what was sent for them."""
        rows = [
            (
                _state(one.reason, judged.verdict).value, judged.verdict.level.value,
                verdict_text(judged.verdict), "; ".join(filter(None, (one.note, judged.note))),
                judged.version, one.id,
            )
            for one, judged in answered
        ]  # fmt: skip
        with self._sql.writing():
            self._sql.change_many(
                "UPDATE item SET state = ?, level = ?, verdict = ?, note = ?, version = ?,"
                " waiting = 0, signals = NULL WHERE id = ?",
                rows,
            )

    def counts(self, run: int) -> dict[tuple[State, Level, bool], int]:
        """Return how many things ended in which state, at which level, and wait or do not."""
        rows = self._sql.rows(
            "SELECT state, level, waiting, COUNT(*) FROM item WHERE run = ?"
            " GROUP BY state, level, waiting",
            (run,),
        )
        return {(State(row[0]), Level(row[1]), row[2] == 1): row[3] for row in rows}

    def outcomes(self, run: int) -> Iterator[Outcome]:
        """Yield what everything came to, by path and member."""
        rows = self._sql.stream(
            "SELECT path, member, size, content, state, level, reason, note, verdict, waiting"
            " FROM item WHERE run = ? ORDER BY path, member, id",
            (run,),
        )
        for path, member, size, content, state, level, reason, note, verdict, waiting in rows:
            why = "; ".join(filter(None, (reason, _NO_ANSWER if waiting else "")))
            yield Outcome(
                path, os.fsdecode(member), size, content, State(state), Level(level), why, note,
                json.loads(verdict), waiting == 1,
            )  # fmt: skip

    def _row(self, run: Run, path: bytes, found: Examination) -> tuple[object, ...]:
        signals = () if found.trivial else run.terms.signals_of(found)
        reason = found.reason or _why_not_asked(found, signals)
        member = os.fsencode(found.member)
        sealed = None
        if signals:
            sealed = self._vault.seal(_place(run.id, path, member), _written(signals))
        state = State.NOT_FULLY_EXAMINED if reason or signals else State.CLEAR
        return (
            run.id, path, member, found.size, found.content, reason, found.note, state.value,
            Level.NONE.value, verdict_text(Verdict()), "", int(bool(signals)), sealed,
        )  # fmt: skip


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict as JSON; a distance that was not told is null."""
    values = asdict(verdict)
    values["matches"] = [_told(match) for match in verdict.matches]
    return json.dumps(values, separators=(",", ":"))


def _told(match: Match) -> dict[str, Any]:
    values = asdict(match)
    values["distance"] = None if math.isnan(match.distance) else match.distance
    return values


def _why_not_asked(found: Examination, signals: Sequence[Signal]) -> str:
    """Return why something that was read is not asked for; "" when it is, or need not be."""
    if signals or found.trivial:
        return ""
    return "has none of the identifiers that are asked for"


def _state(reason: str, verdict: Verdict) -> State:
    if verdict.level.found:
        return State.MATCHED
    return State.NOT_FULLY_EXAMINED if reason else State.CLEAR


def _place(run: int, path: bytes, member: bytes) -> str:
    return f"remote {run} {path.hex()} {member.hex()}"


def _written(signals: Sequence[Signal]) -> bytes:
    return json.dumps([(one.type.name, one.text, one.quality) for one in signals]).encode()


def _signals(written: bytes) -> tuple[Signal, ...]:
    return tuple(Signal.parse(*one) for one in json.loads(written))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
