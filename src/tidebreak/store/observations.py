"""What was examined, when, and what came of it: a file of its own beside the catalogue.

A *file* row is one state of one path (device, inode, size, times); its *observations* are what a
worker saw there, sealed. A *result* is what one scan made of one observation. A later scan of an
unchanged file reads the observations instead of the disk, and a newer list is matched against
everything already seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tidebreak.errors import UsageError
from tidebreak.model import Level, Observation, State
from tidebreak.sql import Kind, Sql, steps_in
from tidebreak.sqlite import SqliteFile
from tidebreak.store.observation_rows import (
    OBSERVATION,
    WRITTEN,
    FileOutcome,
    FileState,
    Item,
    Outcome,
    ScanRecord,
    item_of,
    observation_of,
    observation_row,
    state_values,
    verdict_text,
)  # fmt: skip

KIND = Kind(
    "store of observations",
    steps_in("tidebreak.store", "migrations/observations"),
    ("synchronous = NORMAL",),
)


_SCANS = "SELECT id, started, finished, manifest FROM scan"


class Observations:
    """The store of observations and results. One writer; safe to kill at any instruction."""

    def __init__(self, where: Path | Sql) -> None:
        """``where`` is an open store of this `KIND`, or the file that is one."""
        self._db = SqliteFile(where, KIND) if isinstance(where, Path) else where

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin_scan(self, manifest: Mapping[str, Any]) -> int:
        """Note that a scan starts and return its number."""
        with self._db.writing():
            sql = "INSERT INTO scan (started, manifest) VALUES (?, ?) RETURNING id"
            row = self._db.row(sql, (_now(), json.dumps(manifest)))
        return row[0] if row else 0

    def finish_scan(self, scan: int) -> None:
        """Note that a scan has seen everything."""
        with self._db.writing():
            self._db.change("UPDATE scan SET finished = ? WHERE id = ?", (_now(), scan))

    def tidy(self) -> None:
        """Forget what a killed scan had spilled and not completed. No scan may be under way."""
        with self._db.writing():
            self._drop("IN (SELECT id FROM file WHERE complete = 0)", ())

    def last_unfinished(self) -> ScanRecord | None:
        """Return the newest scan that was interrupted, if the newest one was."""
        row = self._db.row(f"{_SCANS} ORDER BY id DESC LIMIT 1")
        return None if row is None or row[2] else _scan(row)

    def scan(self, number: int) -> ScanRecord:
        """Return the scan with this number."""
        row = self._db.row(f"{_SCANS} WHERE id = ?", (number,))
        if row is None:
            raise UsageError(f"There is no scan {number}; scans are numbered from 1.")
        return _scan(row)

    def visited(self, scan: int, path: bytes) -> bool:
        """Whether this scan already has a result for ``path``."""
        sql = "SELECT 1 FROM visit WHERE scan_id = ? AND path = ?"
        return self._db.row(sql, (scan, path)) is not None

    def known(
        self, path: bytes, state: FileState, engine: str
    ) -> tuple[int, list[Observation]] | None:
        """Return what ``engine`` saw at ``path`` in this very state, if it ever did."""
        row = self._db.row(
            "SELECT id FROM file WHERE path = ? AND device = ? AND inode = ? AND size = ? "
            "AND mtime_ns = ? AND ctime_ns = ? AND engine = ? AND complete = 1 "
            "ORDER BY id DESC LIMIT 1",
            (path, *state_values(state), engine),
        )
        if row is None:
            return None
        rows = self._db.rows(
            f"SELECT {OBSERVATION} FROM observation WHERE file_id = ? ORDER BY id",
            (row[0],),
        )
        return row[0], [observation_of(item) for item in rows]

    def record(self, scan: int, batch: Sequence[FileOutcome], engine: str) -> None:
        """Write the results of a batch of files, all or nothing.

        ``engine`` names what examined them; `known` finds only what the same engine saw.
        """
        with self._db.writing():
            self._keep(scan, batch, engine, complete=True)

    def spill(self, scan: int, item: FileOutcome, engine: str) -> int:
        """Store a first part of one file's outcomes and return the number to go on with.

        It is part of no result until `record` completes it.
        """
        with self._db.writing():
            return self._keep(scan, [item], engine, complete=False)

    def discard(self, file_id: int) -> None:
        """Forget a file that was spilled and not completed."""
        with self._db.writing():
            self._drop("= ?", (file_id,))

    def _drop(self, which: str, values: tuple[int, ...]) -> None:
        chosen = f"(SELECT id FROM observation WHERE file_id {which})"
        self._db.change(f"DELETE FROM result WHERE observation_id IN {chosen}", values)
        self._db.change(f"DELETE FROM observation WHERE file_id {which}", values)
        self._db.change(f"DELETE FROM file WHERE id {which}", values)

    def _keep(self, scan: int, batch: Sequence[FileOutcome], engine: str, *, complete: bool) -> int:
        """Write a batch with one statement per table; return the last file's number."""
        rows = _Rows(self._next("file"), self._next("observation"))
        file_id = 0
        for item in batch:
            file_id = rows.add_file(item, engine, complete=complete)
            if item.known_file is None:
                numbers = rows.add_observations(file_id, item.outcomes)
            else:
                sql = "SELECT id FROM observation WHERE file_id = ? ORDER BY id"
                numbers = [row[0] for row in self._db.rows(sql, (file_id,))]
            rows.add_results(scan, numbers, item.outcomes)
            if complete:
                rows.visits.append((scan, item.path, file_id))
        self._db.change_many(
            "INSERT INTO file (id, path, device, inode, size, mtime_ns, ctime_ns, engine, complete)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows.files,
        )
        self._db.change_many("UPDATE file SET complete = 1 WHERE id = ?", rows.completed)
        self._db.change_many(
            f"INSERT INTO observation (id, file_id, {WRITTEN}) "
            f"VALUES (?, ?{', ?' * len(WRITTEN.split(','))})",
            rows.observations,
        )
        self._db.change_many(
            "INSERT INTO result"
            " (scan_id, observation_id, state, level, level_rank, reason, verdict)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            rows.results,
        )
        self._db.change_many(
            "INSERT INTO visit (scan_id, path, file_id) VALUES (?, ?, ?)", rows.visits
        )
        return file_id

    def _next(self, table: str) -> int:
        return self._db.rows(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0]

    def counts(self, scan: int) -> dict[tuple[State, Level], int]:
        """Return how many items ended in each state and level."""
        sql = "SELECT state, level, count(*) FROM result WHERE scan_id = ? GROUP BY state, level"
        return {(State(a), Level(b)): n for a, b, n in self._db.rows(sql, (scan,))}

    def reasons(self, scan: int) -> list[tuple[str, int]]:
        """Return why items were not fully examined, the most frequent first."""
        sql = (
            "SELECT reason, count(*) AS n FROM result WHERE scan_id = ? AND reason != '' "
            "GROUP BY reason ORDER BY n DESC, reason"
        )
        return [(reason, number) for reason, number in self._db.rows(sql, (scan,))]

    def recognised(self, scan: int, content: str) -> int:
        """Return in how many items whose content type ends like this something known was found."""
        levels = [level.value for level in Level if level.found]
        sql = (
            "SELECT count(*) FROM result "
            "JOIN observation ON observation.id = result.observation_id "
            f"WHERE scan_id = ? AND level IN ({', '.join('?' * len(levels))}) "
            "AND substr(content, length(content) - ? + 1) = ?"
        )
        return int(self._db.rows(sql, (scan, *levels, len(content), content))[0][0])

    def totals(self, scan: int) -> tuple[int, int]:
        """Return (files, bytes of the files themselves) of a scan."""
        sql = (
            "SELECT count(*), coalesce(sum(file.size), 0) FROM visit JOIN file "
            "ON file.id = visit.file_id WHERE visit.scan_id = ?"
        )
        ((files, size),) = self._db.rows(sql, (scan,))
        return int(files), int(size)

    def items(
        self,
        scan: int,
        *,
        levels: Sequence[Level] = (),
        reason: str | None = None,
        by_path: bool = True,
    ) -> Iterator[Item]:
        """Yield the results of a scan as a stream, by path or else strongest and content first.

        ``levels`` and ``reason`` choose only those results.
        """
        chosen = ""
        values: list[object] = [scan]
        if levels:
            chosen += f" AND result.level IN ({', '.join('?' * len(levels))})"
            values += [level.value for level in levels]
        if reason is not None:
            chosen += " AND result.reason = ?"
            values += [reason]
        order = (
            "file.path, observation.id"
            if by_path
            else "result.level_rank, observation.content_key, observation.content, "
            "file.path, observation.id"
        )
        rows = self._db.stream(
            "SELECT file.path, observation.member, observation.size, observation.content, "
            "result.state, result.level, result.reason, observation.note, "
            "observation.content_key, result.verdict FROM result "
            "JOIN observation ON observation.id = result.observation_id "
            "JOIN visit ON visit.scan_id = result.scan_id "
            "AND visit.file_id = observation.file_id "
            "JOIN file ON file.id = visit.file_id "
            f"WHERE result.scan_id = ?{chosen} ORDER BY {order}",
            values,
        )
        for row in rows:
            yield item_of(row)


@dataclass(slots=True)
class _Rows:
    """The rows of a batch, table by table, numbered from where the tables end."""

    next_file: int
    next_observation: int
    files: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    completed: list[tuple[int]] = field(default_factory=list[tuple[int]])
    observations: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    results: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])
    visits: list[tuple[int, bytes, int]] = field(default_factory=list[tuple[int, bytes, int]])

    def add_file(self, item: FileOutcome, engine: str, *, complete: bool) -> int:
        if item.known_file is not None:
            return item.known_file
        if item.spilled is not None:
            if complete:
                self.completed.append((item.spilled,))
            return item.spilled
        number = self.next_file
        self.next_file += 1
        values = state_values(item.state)
        self.files.append((number, item.path, *values, engine, int(complete)))
        return number

    def add_observations(self, file_id: int, outcomes: Sequence[Outcome]) -> Sequence[int]:
        first = self.next_observation
        self.next_observation += len(outcomes)
        numbers = range(first, self.next_observation)
        self.observations += [
            (number, file_id, *observation_row(outcome.observation))
            for number, outcome in zip(numbers, outcomes, strict=True)
        ]
        return numbers

    def add_results(self, scan: int, numbers: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        self.results += [
            (scan, number, outcome.state.value, outcome.verdict.level.value,
             outcome.verdict.level.rank, outcome.reason, verdict_text(outcome.verdict))
            for number, outcome in zip(numbers, outcomes, strict=True)
        ]  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _scan(row: Sequence[Any]) -> ScanRecord:
    return ScanRecord(row[0], row[1], row[2] or "", json.loads(row[3]))


__all__ = ["FileOutcome", "FileState", "Item", "Observations", "Outcome", "ScanRecord"]
