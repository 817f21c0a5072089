"""The settings of a gate: one table of ``service.toml``, read strictly, key by key."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from tidebreak.errors import UsageError
from tidebreak.gates.content_policy import ContentPolicy, OnRefusal
from tidebreak.gates.policy import OnFailure
from tidebreak.screens import Action, Surface

_Choice = TypeVar("_Choice", bound=StrEnum)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Table:
    """The keys of one gate. Each is taken once; `end` refuses what nobody took.

    Everything raises `UsageError`, which names the key and what it may be.
    """

    def __init__(self, name: str, values: Mapping[str, object]) -> None:
        self.name = name
        self._left = dict(values)

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text; without a ``default`` it must be there."""
        value = self._take(key, default)
        if not isinstance(value, str) or (default is None and not value):
            raise self._wrong(key, "a text")
        return value

    def number(self, key: str, default: float, least: float = 0, most: float = 1 << 50) -> float:
        """Take a number."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(key, "a number")
        if not least <= value <= most:
            raise self._wrong(key, f"from {least:g} to {most:g}")
        return value

    def whole(self, key: str, default: int, least: int = 0, most: int = 1 << 50) -> int:
        """Take a whole number."""
        value = self.number(key, default, least, most)
        if value != int(value):
            raise self._wrong(key, "a whole number")
        return int(value)

    def choice(self, key: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        """Take one of the words of ``kind``; without a ``default`` one must be stated."""
        words = ", ".join(kind)
        value = self._take(key, default)
        if not isinstance(value, str) or value not in list(kind):
            raise self._wrong(key, f"stated, one of: {words}")
        return kind(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts, empty where there is none."""
        value = self._take(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise self._wrong(key, "a list of texts")
        return tuple(str(v) for v in value)

    def folders(self, key: str) -> tuple[Path, ...]:
        """Take a list of folders, by absolute paths."""
        found = tuple(Path(each) for each in self.texts(key))
        if not all(each.is_absolute() and each.is_dir() for each in found):
            raise self._wrong(key, "a list of folders that are there, by their absolute paths")
        return found

    def networks(self, key: str) -> tuple[Network, ...]:
        """Take a list of networks, as ``10.0.0.0/8``."""
        try:
            return tuple(ipaddress.ip_network(each) for each in self.texts(key))
        except ValueError:
            raise self._wrong(key, "a list of networks, such as 10.0.0.0/8") from None

    def end(self) -> None:
        """Refuse the keys that nobody took: a word that is spelt wrong must not be overlooked."""
        if self._left:
            names = ", ".join(sorted(self._left))
            raise UsageError(f"The gate '{self.name}' knows no setting {names}; take it out.")

    def policy(self) -> ContentPolicy:
        """Take what every content gate has."""
        return ContentPolicy(
            on_failure=self.choice("on_failure", OnFailure),
            surface=self.choice("surface", Surface, Surface.PUBLIC),
            jurisdiction=self.text("jurisdiction", ""),
            refuse_from=self.choice("refuse_from", Action, Action.QUARANTINE),
            on_refusal=self.choice("on_refusal", OnRefusal, OnRefusal.REFUSE),
            most=self.whole("most_bytes", 1 << 30, 1),
            in_flight=self.whole("in_flight_bytes", 8 << 30, 1),
            seconds=self.number("seconds", 120.0, 0.1, 86_400),
        )

    def _take(self, key: str, default: object) -> object:
        return self._left.pop(key, default)

    def _wrong(self, key: str, what: str) -> UsageError:
        return UsageError(f"In the settings of the gate '{self.name}', {key} must be {what}.")
