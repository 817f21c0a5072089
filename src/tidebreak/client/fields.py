"""JSON objects, field by field: what is missing or of another type is an error, the rest is left.

An answer that cannot be understood is no answer: it must not become "nothing found".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self, TypeVar, cast

from tidebreak.client.errors import CannotAsk

_E = TypeVar("_E", bound=StrEnum)


class Fields:
    """One JSON object. Every method raises `CannotAsk` where a field is not what it should be.

    Errors name fields, never values: those may be locators.
    """

    def __init__(self, value: object, what: str = "answer") -> None:
        if not isinstance(value, Mapping):
            raise unreadable(what, "no JSON object")
        self._values = cast("Mapping[str, Any]", value)
        self._what = what

    @classmethod
    def of(cls, body: bytes) -> Self:
        """Return the object that ``body`` writes."""
        try:
            return cls(json.loads(body))
        except (ValueError, RecursionError):
            raise unreadable("answer", "no JSON") from None

    def has(self, name: str) -> bool:
        """Whether there is something called ``name``."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text."""
        return self._of(name, str)

    def integer(self, name: str) -> int:
        """Return a whole number."""
        value = self._of(name, int)
        if isinstance(value, bool):
            raise unreadable(self._what, f"a '{name}' of another type")
        return value

    def number(self, name: str) -> float:
        """Return a number."""
        value = self._of(name, int, float)
        if isinstance(value, bool):
            raise unreadable(self._what, f"a '{name}' of another type")
        return float(value)

    def truth(self, name: str) -> bool:
        """Return true or false."""
        return self._of(name, bool)

    def word(self, name: str, kind: type[_E]) -> _E:
        """Return one of the words of ``kind``; another one comes from a newer service."""
        try:
            return kind(self.text(name))
        except ValueError:
            raise unreadable(self._what, f"a '{name}' that is not known here") from None

    def items(self, name: str) -> list[Any]:
        """Return a list."""
        return self._of(name, list)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = self.items(name)
        if not all(isinstance(one, str) for one in found):
            raise unreadable(self._what, f"a '{name}' of another type")
        return tuple(found)

    def object(self, name: str) -> Fields:
        """Return an object."""
        return Fields(self._of(name, dict), f"'{name}'")

    def objects(self, name: str) -> list[Fields]:
        """Return a list of objects."""
        return [Fields(one, f"item of '{name}'") for one in self.items(name)]

    def _of(self, name: str, *kinds: type[Any]) -> Any:
        if name not in self._values:
            raise unreadable(self._what, f"no '{name}'")
        value = self._values[name]
        if not isinstance(value, kinds):
            raise unreadable(self._what, f"a '{name}' of another type")
        return value


def unreadable(what: str, why: str) -> CannotAsk:
    """Return the error for an answer that makes no sense here."""
    return CannotAsk(
        f"The service's {what} cannot be understood ({why}): it is no Tidebreak, or one of another"
        " version; check the address, or update this client."
    )
