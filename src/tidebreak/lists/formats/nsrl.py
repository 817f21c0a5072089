"""NIST NSRL reference data sets, version 3: SQLite with the view or table ``FILE``.

Known is not good: such a list may only be ignorable. The ``minimal`` sets hold the same columns.
The text files of version 2 are CSV.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import numpy as np

from tidebreak.errors import BadList
from tidebreak.lists.batch import BATCH, Batch
from tidebreak.lists.formats import Format, csv_table, register
from tidebreak.lists.source import Source
from tidebreak.lists.table import Table
from tidebreak.model import ListKind
from tidebreak.signals import find_signal_type

_MAGIC = b"SQLite format 3\0"
_TABLES = ("METADATA", "FILE")
_COLUMNS = ("sha256", "sha1", "md5", "size")
_SIZES = ("bytes", "file_size", "size")


def detect(source: Source) -> bool:
    """Whether the file is a SQLite database."""
    return source.head.startswith(_MAGIC)


def read(source: Source) -> Iterator[Batch]:
    """Yield each file's digests and size; names and products are not part of what is known."""
    uri = f"file:{quote(str(source.path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            yield from _read(source, connection)
    except sqlite3.Error:
        raise BadList(f"{source.path} is not an intact SQLite database; obtain it again.") from None


def _read(source: Source, connection: sqlite3.Connection) -> Iterator[Batch]:
    name, columns = _table(source, connection)
    chosen = ", ".join(f'"{column}"' for column in columns.values())
    cursor = connection.execute(f'SELECT {chosen} FROM "{name}"')
    table, line = Table(list(columns)), 1
    while rows := cursor.fetchmany(BATCH):
        texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
        yield table.batch(texts, np.arange(line, line + len(rows), dtype=np.int64))
        line += len(rows)
    source.done = source.size


def _table(source: Source, connection: sqlite3.Connection) -> tuple[str, dict[str, str]]:
    """Return the table to read and its columns by our name for them."""
    for name in _TABLES:
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')]
        columns = {wanted: column for column in names for wanted in (_wanted(column),) if wanted}
        if any(find_signal_type(wanted) for wanted in columns):
            return name, columns
    raise BadList(
        f"{source.path} is a SQLite database but no NSRL data set (version 3): it has no table"
        " METADATA or FILE with digests."
    )


def _wanted(column: str) -> str:
    kind = find_signal_type(column)
    if kind is not None:
        return kind.name
    return "size" if column.lower() in _SIZES else ""


def _refuses(kind: ListKind, statement: str) -> str:
    if kind is ListKind.IGNORABLE:
        return ""
    return "NSRL lists what is known, neither bad nor good; import it as a list of kind ignorable."


def detect_text(source: Source) -> bool:
    """Whether the file begins with the header of NSRL RDS version 2."""
    return bool(re.match(r'"SHA-1",.*"SpecialCode"', source.text_head()))


register(
    Format("nsrl-text", "NSRL RDS version 2 (text)", 35, detect_text, csv_table.read, _refuses)
)
register(
    Format("nsrl", "NSRL RDS version 3 (SQLite)", 10, detect, read, refuses=_refuses, unit="row")
)
