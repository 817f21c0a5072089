"""JSON Lines of any shape, read by a mapping file; a name with dots reaches into objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from tidebreak.sightings.formats import Format, Table, register
from tidebreak.sightings.intake.mapping import Mapping
from tidebreak.sightings.intake.tabulate import Record, Refused, tabulate
from tidebreak.sightings.records import Grade, Network

_LONGEST = 1 << 20
"""Bytes of one line."""


def read(file: BinaryIO, mapping: Mapping) -> Iterator[Table]:
    """Yield what ``mapping`` names; lines that are no JSON objects are counted."""
    return tabulate(_records(file, mapping.used), mapping.used)


def _records(file: BinaryIO, names: list[str]) -> Iterator[Record | Refused]:
    paths = [(name, name.split(".")) for name in names]
    decode = json.JSONDecoder().decode
    while line := file.readline(_LONGEST + 1):
        if len(line) > _LONGEST and not line.endswith(b"\n"):
            _skip_line(file)
            yield Refused("longer than 1 MiB")
            continue
        try:
            found: Any = decode(line.decode().lstrip("\ufeff"))
        except (ValueError, RecursionError):
            yield Refused("a line that is not JSON")
            continue
        if isinstance(found, dict):
            values = [found[n] if n in found else _at(found, path) for n, path in paths]
            yield Record(dict(zip(names, map(text_of, values), strict=True)))
        else:
            yield Refused("a line that is not a JSON object")


def _skip_line(file: BinaryIO) -> None:
    """Read to the end of a line."""
    while (piece := file.readline(_LONGEST)) and not piece.endswith(b"\n"):
        pass


def _at(found: dict[str, Any], path: list[str]) -> Any:
    """Return what stands at ``path``, None where nothing does."""
    value: Any = found
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def text_of(value: Any) -> bytes:
    """Return a string or number as text; null and everything else says nothing."""
    if type(value) is str:
        return value.encode("utf-8", "replace")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return b""
    return repr(value).encode()


FORMAT = register(
    Format(
        name="jsonl",
        title="JSON Lines with a mapping file",
        network=Network.OTHER,
        ceiling=Grade.A,
        grade=Grade.C,
        why="its holder says how each row is known, and nothing is taken for granted",
        read=read,
    )
)
