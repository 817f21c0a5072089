"""CSV with a header (RFC 4180), the delimiter found by itself.

Also reads NSRL RDS 2 text, INTERPOL ICSE exports and GLEAPP lists, whose columns are named
after signal types.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.errors import BadList
from tidebreak.lists.batch import BATCH, BadRow, Batch
from tidebreak.lists.formats import Format, register
from tidebreak.lists.source import Source
from tidebreak.lists.table import Table
from tidebreak.lists.values import types_of_bare
from tidebreak.signals import find_signal_type

_DELIMITERS = ",;\t|"
_LONGEST_CELL = 1 << 20
_UNCLOSED = ("unexpected end of data", "field larger than")
"""What the reader says when a quote opens and never closes."""
_LINE_END = re.compile(r"\r\n|\r|\n")


def detect(source: Source) -> bool:
    """Whether the first line is a header with a signal type's name in it."""
    header = _header(source)
    return any(find_signal_type(cell) for cell in header) and not any(map(types_of_bare, header))


def read(source: Source) -> Iterator[Batch]:
    """Yield the rows of ``source``."""
    csv.field_size_limit(_LONGEST_CELL)
    with source.open_text() as file:
        last = [""]
        reader = csv.reader(_noting(file, last), delimiter=_delimiter(source), strict=True)
        try:
            table = Table(next(reader, []))
        except csv.Error as error:
            raise BadList(f"line 1: the header is not CSV ({error})", 1) from None
        while True:
            before = reader.line_num
            rows: list[list[str]] = []
            bad = _fill(rows, reader, last)
            if not rows and bad is None:
                return
            lines = _lines(rows, before, reader.line_num)
            yield table.batch(*_without_blank(rows, lines))
            if bad is not None:
                yield Batch(np.empty(0, np.int64), bad=(bad,))


def _noting(lines: Iterable[str], last: list[str]) -> Iterator[str]:
    """Yield ``lines`` and keep the one given last."""
    for line in lines:
        last[0] = line
        yield line


def _fill(rows: list[list[str]], reader: Any, last: Sequence[str]) -> BadRow | None:
    """Read rows until there are enough, or one is not CSV."""
    try:
        rows.extend(islice(reader, BATCH))
    except csv.Error as error:
        if any(sign in str(error) for sign in _UNCLOSED):
            # All rows behind the quote are one to the reader: skipping it would lose them.
            raise BadList(
                f"a quote does not close before line {reader.line_num}, so that all rows behind it"
                " are lost; correct the file",
                reader.line_num,
            ) from None
        return BadRow(reader.line_num, f"not CSV: {error}", last[0].rstrip("\r\n"))
    return None


def _lines(rows: list[list[str]], before: int, after: int) -> NDArray[np.int64]:
    """Return the line on which each row begins, given the lines read before and after."""
    heights = np.ones(len(rows), np.int64)
    if after - before != len(rows):
        inside = (sum(len(_LINE_END.findall(cell)) for cell in row) for row in rows)
        heights += np.fromiter(inside, np.int64, len(rows))
    return before + 1 + np.cumsum(heights) - heights


def _without_blank(
    rows: list[list[str]], lines: NDArray[np.int64]
) -> tuple[list[list[str]], NDArray[np.int64]]:
    if all(rows):
        return rows, lines
    given = [place for place, row in enumerate(rows) if row]
    return [rows[place] for place in given], lines[given]


def _header(source: Source) -> list[str]:
    lines = source.text_head().splitlines()
    return next(csv.reader(lines[:1], delimiter=_delimiter(source)), []) if lines else []


def _delimiter(source: Source) -> str:
    """Return the delimiter that makes most columns known, the first of equals."""
    line = next(iter(source.text_head().splitlines()), "")

    def known(delimiter: str) -> tuple[int, int]:
        cells = [cell.strip('" ') for cell in line.split(delimiter)]
        return sum(find_signal_type(cell) is not None for cell in cells), len(cells)

    return max(_DELIMITERS, key=known)


register(Format("csv", "a table with a header that names signal types", 40, detect, read))
