"""What was examined, when, and what came of it: a file of its own beside the catalogue.

A *file* row is one state of one path (device, inode, size, times); its *observations* are what a
worker saw there, sealed. A *result* is what one scan made of one observation. A later scan of an
unchanged file reads the observations instead of the disk, and a newer list is matched against
everything already seen.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tidebreak.model import Level, Observation, Region, State, Verdict
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES

_SCHEMA = """
CREATE TABLE scan (
  id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, manifest TEXT NOT NULL
) STRICT;
CREATE TABLE file (
  id INTEGER PRIMARY KEY, path BLOB NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL,
  engine TEXT NOT NULL, complete INTEGER NOT NULL
) STRICT;
CREATE INDEX file_by_path ON file (path);
CREATE TABLE observation (
  id INTEGER PRIMARY KEY, file_id INTEGER NOT NULL REFERENCES file (id), member BLOB NOT NULL,
  size INTEGER NOT NULL, content TEXT NOT NULL, types BLOB NOT NULL, seals BLOB NOT NULL,
  regions TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL, preproc TEXT NOT NULL,
  trivial INTEGER NOT NULL
) STRICT;
CREATE INDEX observation_by_file ON observation (file_id);
CREATE TABLE result (
  scan_id INTEGER NOT NULL, observation_id INTEGER NOT NULL, state TEXT NOT NULL,
  level TEXT NOT NULL, level_rank INTEGER NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL,
  PRIMARY KEY (scan_id, observation_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE visit (
  scan_id INTEGER NOT NULL, path BLOB NOT NULL, file_id INTEGER NOT NULL,
  PRIMARY KEY (scan_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_by_file ON visit (scan_id, file_id);
"""

_TYPE_CODES = {kind.name: code for code, kind in enumerate(EXACT_TYPES)}
_NAMES = {code: name for name, code in _TYPE_CODES.items()}


@dataclass(frozen=True, slots=True)
class FileState:
    """By what a path is recognised as unchanged; sizes in bytes, times in nanoseconds."""

    device: int = 0
    inode: int = 0
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scan made of one observation."""

    observation: Observation
    state: State
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What a scan made of one path.

    ``known_file`` is set when nothing was read anew; ``spilled`` when a first part of the
    outcomes is already stored under that number.
    """

    path: bytes
    state: FileState
    outcomes: tuple[Outcome, ...]
    known_file: int | None = None
    spilled: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a scan's result, as it is read back."""

    path: bytes
    member: str
    size: int
    content: str
    state: State
    level: Level
    reason: str
    note: str
    content_key: bytes
    verdict: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """One scan; ``finished`` is empty while it is under way or was killed."""

    id: int
    started: str
    finished: str
    manifest: Mapping[str, Any]


class Observations:
    """The store of observations and results. One writer; safe to kill at any instruction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "trusted_schema=OFF"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("PRAGMA busy_timeout=10000")
        if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._db.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version=1;COMMIT;")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin_scan(self, manifest: Mapping[str, Any]) -> int:
        """Note that a scan starts and return its number."""
        with self._transaction():
            self._drop("IN (SELECT id FROM file WHERE NOT complete)", ())
        cursor = self._db.execute(
            "INSERT INTO scan (started, manifest) VALUES (?, ?)", (_now(), json.dumps(manifest))
        )
        return int(cursor.lastrowid or 0)

    def finish_scan(self, scan: int) -> None:
        """Note that a scan has seen everything."""
        self._db.execute("UPDATE scan SET finished = ? WHERE id = ?", (_now(), scan))

    def last_unfinished(self) -> ScanRecord | None:
        """Return the newest scan that was interrupted, if the newest one was."""
        row = self._db.execute("SELECT * FROM scan ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None or row[2] else _scan(row)

    def scan(self, number: int) -> ScanRecord:
        """Return the scan with this number."""
        return _scan(self._db.execute("SELECT * FROM scan WHERE id = ?", (number,)).fetchone())

    def update_manifest(self, scan: int, manifest: Mapping[str, Any]) -> None:
        """Replace the manifest of a scan."""
        self._db.execute("UPDATE scan SET manifest = ? WHERE id = ?", (json.dumps(manifest), scan))

    def visited(self, scan: int, path: bytes) -> bool:
        """Whether this scan already has a result for ``path``."""
        sql = "SELECT 1 FROM visit WHERE scan_id = ? AND path = ?"
        return self._db.execute(sql, (scan, path)).fetchone() is not None

    def known(
        self, path: bytes, state: FileState, engine: str
    ) -> tuple[int, list[Observation]] | None:
        """Return what ``engine`` saw at ``path`` in this very state, if it ever did."""
        row = self._db.execute(
            "SELECT id FROM file WHERE path = ? AND device = ? AND inode = ? AND size = ? "
            "AND mtime_ns = ? AND ctime_ns = ? AND engine = ? AND complete "
            "ORDER BY id DESC LIMIT 1",
            (path, *_values(state), engine),
        ).fetchone()
        if row is None:
            return None
        rows = self._db.execute(
            "SELECT member, size, content, types, seals, regions, reason, note, preproc, trivial "
            "FROM observation WHERE file_id = ? ORDER BY id",
            (row[0],),
        )
        return row[0], [_observation(item) for item in rows]

    def record(self, scan: int, batch: Sequence[FileOutcome], engine: str) -> None:
        """Write the results of a batch of files, all or nothing.

        ``engine`` names what examined them; `known` finds only what the same engine saw.
        """
        with self._transaction():
            visits = [(scan, item.path, self._keep(scan, item, engine, True)) for item in batch]
            self._db.executemany("INSERT INTO visit VALUES (?, ?, ?)", visits)

    def spill(self, scan: int, item: FileOutcome, engine: str) -> int:
        """Store a first part of one file's outcomes and return the number to go on with.

        It is part of no result until `record` completes it.
        """
        with self._transaction():
            return self._keep(scan, item, engine, False)

    def discard(self, file_id: int) -> None:
        """Forget a file that was spilled and not completed."""
        with self._transaction():
            self._drop("= ?", (file_id,))

    def _drop(self, which: str, values: tuple[int, ...]) -> None:
        chosen = f"(SELECT id FROM observation WHERE file_id {which})"
        self._db.execute(f"DELETE FROM result WHERE observation_id IN {chosen}", values)
        self._db.execute(f"DELETE FROM observation WHERE file_id {which}", values)
        self._db.execute(f"DELETE FROM file WHERE id {which}", values)

    def _keep(self, scan: int, item: FileOutcome, engine: str, complete: bool) -> int:
        if item.known_file is not None:
            sql = "SELECT id FROM observation WHERE file_id = ? ORDER BY id"
            numbers = [row[0] for row in self._db.execute(sql, (item.known_file,))]
            self._add_results(scan, numbers, item.outcomes)
            return item.known_file
        file_id = item.spilled
        if file_id is None:
            cursor = self._db.execute(
                "INSERT INTO file VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
                (item.path, *_values(item.state), engine, int(complete)),
            )
            file_id = int(cursor.lastrowid or 0)
        elif complete:
            self._db.execute("UPDATE file SET complete = 1 WHERE id = ?", (file_id,))
        first = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM observation").fetchone()[0]
        numbers = range(first, first + len(item.outcomes))
        self._db.executemany(
            "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (number, file_id, *_row(outcome.observation))
                for number, outcome in zip(numbers, item.outcomes, strict=True)
            ],
        )
        self._add_results(scan, numbers, item.outcomes)
        return file_id

    def _add_results(self, scan: int, numbers: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        self._db.executemany(
            "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (scan, number, outcome.state.value, outcome.verdict.level.value,
                 outcome.verdict.level.rank, outcome.reason, _verdict_text(outcome.verdict))
                for number, outcome in zip(numbers, outcomes, strict=True)
            ],
        )  # fmt: skip

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def counts(self, scan: int) -> dict[tuple[State, Level], int]:
        """Return how many items ended in each state and level."""
        sql = "SELECT state, level, count(*) FROM result WHERE scan_id = ? GROUP BY state, level"
        return {(State(a), Level(b)): n for a, b, n in self._db.execute(sql, (scan,))}

    def reasons(self, scan: int) -> list[tuple[str, int]]:
        """Return why items were not fully examined, the most frequent first."""
        sql = (
            "SELECT reason, count(*) AS n FROM result WHERE scan_id = ? AND reason != '' "
            "GROUP BY reason ORDER BY n DESC, reason"
        )
        return list(self._db.execute(sql, (scan,)))

    def totals(self, scan: int) -> tuple[int, int]:
        """Return (files, bytes of the files themselves) of a scan."""
        sql = (
            "SELECT count(*), coalesce(sum(file.size), 0) FROM visit JOIN file "
            "ON file.id = visit.file_id WHERE visit.scan_id = ?"
        )
        files, size = self._db.execute(sql, (scan,)).fetchone()
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
            else "result.level_rank, substr(observation.seals, 33, 16), file.path, observation.id"
        )
        rows = self._db.execute(
            "SELECT file.path, observation.member, observation.size, observation.content, "
            "result.state, result.level, result.reason, observation.note, observation.types, "
            "observation.seals, result.verdict FROM result "
            "JOIN observation ON observation.id = result.observation_id "
            "JOIN visit ON visit.scan_id = result.scan_id "
            "AND visit.file_id = observation.file_id "
            "JOIN file ON file.id = visit.file_id "
            f"WHERE result.scan_id = ?{chosen} ORDER BY {order}",
            values,
        )
        for row in rows:
            yield _item(row)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _values(state: FileState) -> tuple[int, ...]:
    # SQLite's integers are signed; inode and device numbers need not be.
    signed = (value - (1 << 64) if value >> 63 else value for value in
              (state.device, state.inode))  # fmt: skip
    return (*signed, state.size, state.mtime_ns, state.ctime_ns)


def _scan(row: Sequence[Any]) -> ScanRecord:
    return ScanRecord(row[0], row[1], row[2] or "", json.loads(row[3]))


def _row(item: Observation) -> tuple[object, ...]:
    regions = [[region.name, region.value.hex(), region.quality] for region in item.regions]
    return (
        os.fsencode(item.member),
        item.size,
        item.content,
        bytes(_TYPE_CODES[name] for name, _ in item.seals),
        b"".join(seal for _, seal in item.seals),
        json.dumps(regions, separators=(",", ":")) if regions else "",
        item.reason,
        item.note,
        item.preproc,
        int(item.trivial),
    )


def _observation(row: Sequence[Any]) -> Observation:
    member, size, content, types, seals, regions, reason, note, preproc, trivial = row
    return Observation(
        member=os.fsdecode(member),
        size=size,
        content=content,
        seals=_seals(types, seals),
        regions=tuple(
            Region(name, bytes.fromhex(value), quality)
            for name, value, quality in (json.loads(regions) if regions else ())
        ),
        reason=reason,
        note=note,
        preproc=preproc,
        trivial=bool(trivial),
    )


def _seals(types: bytes, seals: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((_NAMES[code], seals[i * 16 : i * 16 + 16]) for i, code in enumerate(types))


def _item(row: Sequence[Any]) -> Item:
    path, member, size, content, state, level, reason, note, types, seals, verdict = row
    key = next((seal for name, seal in _seals(types, seals) if name == "sha256"), b"")
    return Item(
        path, os.fsdecode(member), size, content, State(state), Level(level), reason, note, key,
        json.loads(verdict) if verdict else {"level": level, "matches": []},
    )  # fmt: skip


def _verdict_text(verdict: Verdict) -> str:
    if not verdict.matches:
        return ""
    return json.dumps(asdict(verdict), separators=(",", ":"))


assert set(_TYPE_CODES) <= set(SIGNAL_TYPES)
