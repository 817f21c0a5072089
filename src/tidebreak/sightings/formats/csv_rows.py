"""Delimited text of any shape, read by a mapping file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake.delimited import header, split, whole_lines
from tidebreak.sightings.intake.mapping import Mapping, check_present
from tidebreak.sightings.records import Grade, Network


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield the columns that ``mapping`` names; rows with too many or few fields are counted."""
    names = list(mapping.columns) or header(file, mapping.delimiter)
    check_present(mapping.used, names)
    for block in whole_lines(file):
        columns, refused = split(block, mapping.delimiter, names, mapping.used)
        good = len(columns[mapping.time])
        yield Table(columns, good + sum(refused.values()), refused)


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
