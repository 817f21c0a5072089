"""Small random stores of sightings, and what DuckDB and plain Python make of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np

from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.known import Known
from tidebreak.sightings.ranking.reading import Question, Seen
from tidebreak.sightings.records import Custody, Grade, Source
from tidebreak.sightings.texts import Texts
from tidebreak.signals import SIGNAL_TYPES

DAY = 86_400
START = 20_500 * DAY


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many of everything there is in a random log."""

    rows: int = 300
    days: int = 3
    contents: int = 12
    clients: int = 9
    addresses: int = 5
    ports: int = 2


def columns(rng: np.random.Generator, crowd: Crowd, grades=(1, 2, 3)) -> dict[str, np.ndarray]:
    def drawn(low, high, kind=np.uint32):
        return rng.integers(low, high + 1, crowd.rows).astype(kind)

    return {
        "time": np.sort(drawn(START, START + crowd.days * DAY - 1)),
        "network": drawn(1, 4, np.uint8),
        "grade": rng.choice(grades, crowd.rows).astype(np.uint8),
        "event": drawn(0, 6, np.uint8),
        "content": drawn(1, crowd.contents),
        "client": drawn(0, crowd.clients),
        "address": drawn(0, crowd.addresses),
        "port": drawn(1, crowd.ports, np.uint16),
    }


def add_source(
    store: Sightings, rows: dict[str, np.ndarray], crowd: Crowd, ceiling: Grade = Grade.A
) -> Source:
    """Add a log to the store; codes are those of ``rows``, since every source names all first."""
    with store.writer() as writer:
        values = np.arange(crowd.contents * 20, dtype=np.uint8).reshape(-1, 20)
        sizes = np.full(crowd.contents, 1000)
        assert (writer.content_codes(SIGNAL_TYPES["sha1"], values, sizes) > 0).all()
        ids = Texts.of([b"client %03d" % n for n in range(crowd.clients)])
        writer.client_codes(ids, np.ones(crowd.clients, np.uint8))
        packed = np.zeros((crowd.addresses, 16), np.uint8)
        packed[:, 10:12], packed[:, 12] = 255, 240
        packed[:, 15] = np.arange(crowd.addresses) + 1
        writer.address_codes(packed)
        writer.add(rows)
        count = len(rows["time"])
        made = Source(
            0, "a.log", "00" * 32, 1, "csv", Custody("x", "y"), grade_ceiling=ceiling,
            rows=count, kept=count,
        )  # fmt: skip
        return writer.finish(replace(made))


def known(rng: np.random.Generator, contents: int) -> Known:
    """Two contents out of three are known, some of them one file, some by weak identifiers."""
    files = np.zeros(contents + 1, np.uint32)
    files[1:] = rng.permutation(np.arange(contents) % max(2, contents // 2))
    files[1:][rng.random(contents) < 0.3] = 0
    _, numbered = np.unique(np.append(files, 0), return_inverse=True)
    files = numbered[:-1].astype(np.uint32)
    strong = (rng.random(contents + 1) < 0.8) & (files > 0)
    count = int(files.max())
    classes = np.stack([np.arange(1, count + 1), np.arange(count) % 2], axis=1).astype(np.uint32)
    return Known(files, strong, count, ("one", "two"), classes, classes)


def question(known: Known, sources, **more) -> Question:
    receives = {s.number: s.grade_ceiling is Grade.A for s in sources}
    nobody = np.zeros(1, np.bool_)
    return Question(**({"known": known, "receives": receives, "clients": nobody,
                        "addresses": nobody} | more))  # fmt: skip


def seen(**given) -> Seen:
    """Sightings from lists; what is not given is 1."""
    size = len(next(iter(given.values())))
    made = {}
    for name in Seen.__slots__:
        kind = getattr(Seen.none(), name).dtype
        made[name] = np.array(given.get(name, [1] * size), kind)
    return Seen(**made)


TABLES = """
CREATE TABLE seen AS
SELECT r.time // 86400 AS day, r.time, r.client, r.address, r.port, r.network, r.grade, k.file,
       (r.grade IN (1, 2) AND r.event NOT IN (2, 5)) AS gives,
       (k.strong AND (r.grade = 1 AND r.event NOT IN (2, 5)
                      OR r.grade = 2 AND r.event NOT IN (2, 4, 5))) AS sure
FROM read_parquet($paths) r JOIN known k ON k.content = r.content WHERE k.file > 0;
CREATE TABLE met AS SELECT DISTINCT day, address, port, client FROM seen
WHERE address > 0 AND client > 0;
CREATE TABLE crowds AS SELECT day, address, port, count(*) AS ids FROM met GROUP BY ALL;
CREATE TABLE trips AS SELECT day, client, count(*) AS places FROM met GROUP BY ALL;
"""

CLIENTS = """
SELECT actor, file, bool_or(low) AS low, bool_or(own) AS own FROM (
  SELECT client AS actor, file, sure AND coalesce(places, 0) <= $roaming AS low, true AS own
  FROM seen LEFT JOIN trips USING (day, client) WHERE client > 0
  UNION ALL
  SELECT met.client, seen.file, false, false
  FROM met JOIN crowds USING (day, address, port) JOIN seen USING (day, address, port)
  WHERE ids <= $shared)
WHERE actor IN (SELECT client FROM seen WHERE gives) GROUP BY ALL ORDER BY ALL
"""

ENDPOINTS = """
SELECT day, address, port, file, bool_or(low) AS low, bool_or(own) AS own FROM (
  SELECT day, address, port, file, sure AND coalesce(ids, 0) <= $shared AS low, true AS own
  FROM seen LEFT JOIN crowds USING (day, address, port) WHERE address > 0
  UNION ALL
  SELECT met.day, met.address, met.port, seen.file, false, false
  FROM met JOIN trips USING (day, client) JOIN seen ON seen.day = met.day
       AND seen.client = met.client WHERE places <= $roaming)
WHERE (day, address, port) IN (SELECT (day, address, port) FROM seen WHERE gives)
GROUP BY ALL ORDER BY ALL
"""


class Oracle:
    """The same questions in SQL."""

    def __init__(self, paths: list[Path], known: Known, doubts: Doubts) -> None:
        self._sql = duckdb.connect()
        content = np.arange(len(known.files))
        table = {"content": content, "file": known.files, "strong": known.strong}
        self._sql.execute("CREATE TABLE known (content UINTEGER, file UINTEGER, strong BOOLEAN)")
        rows = list(zip(*(column.tolist() for column in table.values()), strict=True))
        self._sql.executemany("INSERT INTO known VALUES (?, ?, ?)", rows)
        for statement in TABLES.split(";"):
            if statement.strip():
                given = {"paths": [str(p) for p in paths]} if "$paths" in statement else None
                self._sql.execute(statement, given)
        self._doubts = {"shared": doubts.shared, "roaming": doubts.roaming}

    def ask(self, statement: str) -> list[tuple]:
        """Return the rows of one statement."""
        used = {k: v for k, v in self._doubts.items() if f"${k}" in statement}
        return self._sql.execute(statement, used).fetchall()
