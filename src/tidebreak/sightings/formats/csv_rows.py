"""Delimited text of any shape, read by a mapping file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from tidebreak.errors import UsageError
from tidebreak.sightings.delimited import split, whole_lines
from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.mapping import Mapping, check_columns
from tidebreak.sightings.records import Grade, Network

_LONGEST = 1 << 20
"""Bytes of a header."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the columns that ``mapping`` names; rows with too many or few fields are counted."""
    names = list(mapping.columns) or _names(file.readline(_LONGEST), mapping.delimiter)
    check_columns(mapping, names)
    for block in whole_lines(file):
        columns, refused = split(block, mapping.delimiter, names, mapping.used)
        good = len(columns[mapping.time])
        yield Table(columns, good + sum(refused.values()), refused)


def _names(header: bytes, delimiter: str) -> list[str]:
    text = io.StringIO(header.decode("utf-8-sig", "replace"))
    names = next(csv.reader(text, delimiter=delimiter), [])
    if not names or len(set(names)) < len(names):
        raise UsageError(
            "The first line does not name every column once; where a log has no header, say"
            " 'columns' in the mapping."
        )
    return names


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
