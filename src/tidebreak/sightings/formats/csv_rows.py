"""Delimited text of any shape, read by a mapping file; Arrow's reader does the work."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.mapping import Mapping, check_columns
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.texts import Texts

_BLOCK = 1 << 24
"""Bytes that are read at a time."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the columns that ``mapping`` names; rows with too many or few fields are counted."""
    pa, pacsv = _arrow()
    head = _Head(file)
    names = list(mapping.columns) or head.names(mapping.delimiter)
    check_columns(mapping, names)
    wrong: Counter[str] = Counter()
    try:
        reader = pacsv.open_csv(
            head.whole(),
            pacsv.ReadOptions(
                block_size=_BLOCK, column_names=names, skip_rows=0 if mapping.columns else 1
            ),
            pacsv.ParseOptions(delimiter=mapping.delimiter, invalid_row_handler=_counter(wrong)),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(mapping.used, pa.binary()),
                include_columns=mapping.used,
                check_utf8=False,
            ),
        )
        for batch in reader:
            rejects, found = dict(wrong), _columns(batch, mapping)
            wrong.clear()
            yield Table(found, batch.num_rows + sum(rejects.values()), rejects)
        if wrong:
            yield Table({name: Texts.of([]) for name in mapping.used}, wrong.total(), dict(wrong))
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"The log cannot be read as delimited text: {_first_line(error)}"
        ) from None


class _Head:
    """The first line of a file that cannot go back, and then the whole of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._line = file.readline(1 << 20)
        self._file = file

    def names(self, delimiter: str) -> list[str]:
        text = self._line.decode("utf-8-sig", "replace")
        names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
        if not names or len(set(names)) < len(names):
            raise UsageError(
                "The first line does not name every column once; where a log has no header, say"
                " 'columns' in the mapping."
            )
        return names

    def whole(self) -> BinaryIO:
        return io.BufferedReader(_Joined(self._line, self._file), _BLOCK)


class _Joined(io.RawIOBase):
    """What was read already, and then the rest."""

    def __init__(self, before: bytes, file: BinaryIO) -> None:
        self._before, self._file = before, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        piece = self._before[: len(buffer)] or self._file.read(len(buffer))
        self._before = self._before[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def _counter(wrong: Counter[str]) -> Any:
    def handle(row: Any) -> str:
        wrong[f"{row.actual_columns} fields instead of {row.expected_columns}"] += 1
        return "skip"

    return handle


def _columns(batch: Any, mapping: Mapping) -> dict[str, Texts]:
    return {name: Texts.of_arrow(batch.column(name)) for name in mapping.used}


def _first_line(error: Exception) -> str:
    """Return what Arrow says without the text of the row, which may hold a locator."""
    return str(error).split("\n")[0].split(": Expected")[0].split("Row: ")[0][:100]


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.csv as pacsv
    except ImportError:
        raise TidebreakError(
            "Sightings need pyarrow, which is not installed: pip install 'tidebreak[sightings]'"
        ) from None
    return pa, pacsv


FORMAT = register(
    Format(
        name="csv",
        title="delimited text with a mapping file",
        network=Network.OTHER,
        ceiling=Grade.A,
        grade=Grade.C,
        why="its holder says how each row is known, and nothing is taken for granted",
        read=read,
    )
)
