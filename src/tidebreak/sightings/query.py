"""Questions of one's own, in SQL: DuckDB over the stored rows, read only.

Three views: ``sightings``, ``contents`` and ``sources`` (columns: ``docs/sightings.md``). Contents,
client ids and addresses are codes; no identifier and nobody's name is in any of them. DuckDB
gets at no other file, at no network, and at no configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.locators import without
from tidebreak.model import Level
from tidebreak.sightings.kept_logs.parts import Contents
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.ranking.known import Known, class_name, known_among
from tidebreak.sightings.records import Event, Grade, Network, Source
from tidebreak.signals import EXACT_TYPES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHUNK = 4096
"""Entries looked up at a time."""

_CLOSED = (
    "temp_directory = ''", "enable_external_access = false", "python_enable_replacements = false",
    "autoinstall_known_extensions = false", "autoload_known_extensions = false",
    "lock_configuration = true",
)  # fmt: skip

_SIGHTINGS = """
CREATE VIEW sightings AS
SELECT make_timestamp(time::BIGINT * 1000000) AS time,
       DATE '1970-01-01' + (time // 86400)::INTEGER AS day, source, {network} AS network,
       {grade} AS grade, {event} AS event, content, client, address, port
FROM read_parquet([{paths}])
"""

_CONTENTS = """
CREATE TABLE contents AS
SELECT code, type, nullif(size, -1) AS size, file > 0 AS known, nullif(level, '') AS level,
       nullif(file, 0) AS file, coalesce(entries, []) AS entries, coalesce(classes, []) AS classes
FROM seen LEFT JOIN files USING (file)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The first rows of an answer, and whether there are ``more``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: bool


def shown(sql: str) -> str:
    """Return a question as it may be kept: without what may be an identifier."""
    return without(sql)


def query(
    sightings: Sightings, snapshot: Snapshot, catalogue: Catalogue, sql: str, most: int
) -> Answer:
    """Return the first ``most`` rows that answer ``sql``, one SELECT; raises `UsageError`."""
    if not sightings.sources():
        raise UsageError("There are no sightings yet; import a log: tidebreak sightings import")
    duckdb = _duckdb()
    with duckdb.connect(":memory:") as database:
        _fill(database, sightings, snapshot, catalogue)
        try:
            statements = database.extract_statements(sql)
            if [item.type for item in statements] != [duckdb.StatementType.SELECT]:
                raise UsageError("Ask one question that begins with SELECT, FROM or WITH.")
            asked = database.execute(statements[0])
            rows = asked.fetchmany(most + 1)
        except duckdb.Error as error:
            why = shown(str(error).partition("\n")[0])
            raise UsageError(f"DuckDB does not answer that: {why}") from None
        columns = tuple(str(column[0]) for column in asked.description or ())
    return Answer(columns, tuple(rows[:most]), len(rows) > most)


def _fill(
    database: DuckDBPyConnection, sightings: Sightings, snapshot: Snapshot, catalogue: Catalogue
) -> None:
    """Make the views, then shut DuckDB in."""
    contents = sightings.contents()
    known = known_among(contents, snapshot, catalogue)
    _add(database, "seen", _contents(contents, known))
    _add(database, "files", _files(known, catalogue))
    database.execute(_CONTENTS)
    database.execute("DROP TABLE seen; DROP TABLE files")
    _add(database, "sources", _sources(sightings.sources()))
    paths = ", ".join(_literal(str(path)) for path in sightings.paths())
    words = {"network": Network, "grade": Grade, "event": Event}
    database.execute(
        _SIGHTINGS.format(paths=paths, **{name: _words(name, kind) for name, kind in words.items()})
    )
    database.execute(f"SET allowed_paths = [{paths}]")
    for setting in _CLOSED:
        database.execute(f"SET {setting}")


def _add(database: DuckDBPyConnection, name: str, columns: dict[str, Any]) -> None:
    import pyarrow as pa

    database.register("given", pa.table(columns))
    database.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
    database.unregister("given")


def _contents(contents: Contents, known: Known) -> dict[str, Any]:
    names = np.array([*(kind.name for kind in EXACT_TYPES), "unknown"], np.str_)
    levels = np.array(["", Level.EXACT_WEAK.value, Level.EXACT.value], np.str_)
    level = (known.files > 0).astype(np.int64) + known.strong
    return {
        "code": np.arange(1, len(contents) + 1, dtype=np.uint32),
        "type": names[np.minimum(contents.types, len(EXACT_TYPES))],
        "size": np.asarray(contents.sizes),
        "file": known.files[1:],
        "level": levels[level[1:]],
    }


def _files(known: Known, catalogue: Catalogue) -> dict[str, Any]:
    import pyarrow as pa

    numbers = np.unique(known.entries_of[:, 1])
    said: dict[int, tuple[str, str]] = {}
    for start in range(0, len(numbers), _CHUNK):
        found = catalogue.entries(numbers[start : start + _CHUNK].tolist())
        said |= {n: (f"{r.list.name}: {r.key}", class_name(r)) for n, r in found.items()}
    entries: list[list[str]] = [[] for _ in range(known.count)]
    classes: list[list[str]] = [[] for _ in range(known.count)]
    for file, number in known.entries_of.tolist():
        entry, of_class = said[number]
        entries[file - 1].append(entry)
        if of_class not in classes[file - 1]:
            classes[file - 1].append(of_class)
    texts = pa.list_(pa.string())
    return {
        "file": np.arange(1, known.count + 1, dtype=np.uint32),
        "entries": pa.array(entries, texts),
        "classes": pa.array(classes, texts),
    }


def _sources(sources: Sequence[Source]) -> dict[str, Any]:
    plain = ("number", "name", "sha256", "format", "timezone", "clock_offset", "imported_at",
             "imported_by", "rows", "kept")  # fmt: skip
    return {
        **{name: [getattr(source, name) for source in sources] for name in plain},
        **{
            name: [getattr(source.custody, name) for source in sources]
            for name in ("holder", "authority", "note")
        },
        "grade": [source.grade_ceiling.name for source in sources],
        "first": np.array([source.first for source in sources], "datetime64[s]"),
        "last": np.array([source.last for source in sources], "datetime64[s]"),
    }


def _words(column: str, kind: type[IntEnum]) -> str:
    """Return SQL for the words of a column of numbers; grades are letters, all else is small."""
    texts = {item.value: item.name if kind is Grade else item.name.lower() for item in kind}
    cases = " ".join(f"WHEN {value} THEN {_literal(text)}" for value, text in texts.items())
    return f"CASE {column} {cases} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _duckdb() -> Any:
    try:
        import duckdb
        import pyarrow as _  # noqa: F401
    except ImportError:
        raise TidebreakError(
            "Queries need DuckDB, which is not installed: pip install 'tidebreak[sightings]'"
        ) from None
    return duckdb
