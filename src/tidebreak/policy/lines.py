"""On which line of a TOML file something stands, so that an error can say so."""

from __future__ import annotations

import re
import tomllib
from collections import Counter

_HEADER = re.compile(r"\s*(\[\[?[^\[\]]+\]?\])\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")


class Lines:
    """Where the tables and values of a valid TOML text are.

    A table is named by its path, ``jurisdiction.EU.public``; the third of several by ``rule#3``.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, str], int] = {}
        table, seen = "", Counter[str]()
        for number, line in enumerate(text.splitlines(), 1):
            if header := _HEADER.match(line):
                table = _path(header[1]) or table
                if header[1].startswith("[["):
                    seen[table] += 1
                    table = f"{table}#{seen[table]}"
                self._lines.setdefault((table, ""), number)
            elif key := _KEY.match(line):
                self._lines.setdefault((table, key[1].strip("\"'")), number)

    def of(self, table: str, key: str = "") -> int:
        """Return the line of a value, else that of its table; 0 when not even that is known."""
        inner = f"{table}.{key}".strip(".")
        for place in ((table, key), (inner, ""), (f"{inner}#1", ""), (table, "")):
            if place in self._lines:
                return self._lines[place]
        return 0


def _path(header: str) -> str:
    try:
        found = tomllib.loads(header)
    except tomllib.TOMLDecodeError:  # a line of a longer text that only looks like one
        return ""
    names: list[str] = []
    while isinstance(found, dict) and found:
        name, found = next(iter(found.items()))
        names.append(name)
    return ".".join(names)
