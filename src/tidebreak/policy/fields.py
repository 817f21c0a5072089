"""Values of one table of the policy file, each checked as it is taken out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from tidebreak.errors import UsageError
from tidebreak.policy.lines import Lines

_Word = TypeVar("_Word", bound=StrEnum)


class BadPolicy(UsageError):
    """A policy file is none; says on which line, in which rule and field."""


class Fields:
    """The values of one table. Every getter raises `BadPolicy` for what cannot be meant.

    ``file`` is what errors call the file, ``path`` where the table is (`Lines`), ``title`` what
    people call it (``rule 'known'``).
    """

    def __init__(
        self, values: Mapping[str, Any], file: str, lines: Lines, path: str, title: str
    ) -> None:
        self._values = dict(values)
        self._file, self._lines, self._path, self.title = file, lines, path, title

    def wrong(self, name: str, what: str) -> BadPolicy:
        """Return the error that says what is wrong with the value called ``name``."""
        line = self._lines.of(self._path, name)
        where = [self._file, f"line {line}" if line else "", self.title, name]
        return BadPolicy(f"{', '.join(part for part in where if part)}: {what}.")

    def text(self, name: str) -> str:
        """Return a text, empty where there is none."""
        value = self._values.pop(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "write a text in quotes")
        return value.strip()

    def truth(self, name: str) -> bool | None:
        """Return true or false, None where neither is stated."""
        value = self._values.pop(name, None)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "write true or false")
        return value

    def number(self, name: str, default: float, least: float, most: float) -> float:
        """Return a number between ``least`` and ``most``."""
        value = self._values.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.wrong(name, "write a number")
        if not least <= value <= most:
            raise self.wrong(name, f"write a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number between ``least`` and ``most``."""
        value = self.number(name, default, least, most)
        if not value.is_integer():
            raise self.wrong(name, "write a whole number")
        return int(value)

    def word(self, name: str, kind: type[_Word]) -> _Word | None:
        """Return one of the words of ``kind``, None where none is stated."""
        text = self.text(name)
        return self._known(name, kind, text) if text else None

    def words(self, name: str, kind: type[_Word]) -> frozenset[_Word]:
        """Return words of ``kind``; one of them need not be in a list."""
        return frozenset(self._known(name, kind, text) for text in self.texts(name))

    def texts(self, name: str, as_: Callable[[str], str] = str.strip) -> frozenset[str]:
        """Return texts; one of them need not be in a list."""
        if name not in self._values:
            return frozenset()
        value = self._values.pop(name)
        items = value if isinstance(value, list) else [value]
        if not items or not all(isinstance(item, str) and item.strip() for item in items):
            raise self.wrong(
                name, "write a text in quotes, or several in [ ]; leave it out for any"
            )
        return frozenset(as_(item) for item in items)

    def table(self, name: str, path: str, title: str) -> Fields:
        """Return the table called ``name``, empty where there is none."""
        value = self._values.pop(name, {})
        if not isinstance(value, dict):
            raise self.wrong(name, f"write [{path}] on a line of its own")
        return Fields(value, self._file, self._lines, path, title)

    def tables(self, name: str) -> list[Fields]:
        """Return the tables that are written as ``[[name]]``."""
        value = self._values.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(name, f"write [[{name}]] on a line of its own")
        return [
            Fields(item, self._file, self._lines, f"{name}#{number}", f"{name} {number}")
            for number, item in enumerate(value, 1)
        ]

    @property
    def names(self) -> list[str]:
        """The names that nobody asked for yet."""
        return list(self._values)

    def finish(self, *known: str) -> None:
        """Raise `BadPolicy` for a name that nobody asked for; ``known`` is what there is."""
        for name in self._values:
            raise self.wrong(name, f"there is no such setting; there are {', '.join(known)}")

    def _known(self, name: str, kind: type[_Word], text: str) -> _Word:
        try:
            return kind(text)
        except ValueError:
            raise self.wrong(name, f"{text[:40]!r} is none of {', '.join(kind)}") from None
