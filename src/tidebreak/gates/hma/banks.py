"""Which lists are shown as banks, under which names, and how often they take part.

HMA's names are upper case, digits and ``_``. A list is called by its own name where that is one,
else by what is left of it; a bank that was renamed keeps its list's name in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidebreak.gates.hma.kept import BankRow
from tidebreak.gates.hma.options import Options
from tidebreak.model import HashList

NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
LONGEST_NAME = 200
"""HMA allows 255; a list here is called by at most so many characters."""


@dataclass(frozen=True, slots=True)
class Bank:
    """A list as HMA sees it; ``made`` through its interface, or by an import."""

    list: HashList
    name: str
    ratio: float = 1.0
    made: bool = False

    @property
    def form(self) -> dict[str, object]:
        """The bank as JSON."""
        return {"name": self.name, "matching_enabled_ratio": self.ratio}


@dataclass(frozen=True, slots=True)
class Banks:
    """All banks, by name and by the name of their list; ``hidden`` lists are no banks."""

    by_name: Mapping[str, Bank]
    by_list: Mapping[str, Bank]
    hidden: frozenset[str] = frozenset()

    def knows(self, list_name: str) -> bool:
        """Whether the list called so was there when the banks were read."""
        return list_name in self.by_list or list_name in self.hidden


def banks_of(lists: Sequence[HashList], rows: Sequence[BankRow], options: Options) -> Banks:
    """Return the banks that ``lists`` are."""
    shown = [item for item in lists if options.shows(item.name, item.kind)]
    kept = {row.list_id: row for row in rows}
    taken = {kept[item.id].name for item in shown if item.id in kept}
    found: list[Bank] = []
    for item in sorted(shown, key=lambda one: one.id):
        row = kept.get(item.id)
        if row is None:
            name = _free(_fitting(item.name), item.id, taken)
            taken.add(name)
            found.append(Bank(item, name))
        else:
            found.append(Bank(item, row.name, row.ratio, row.made))
    names = {item.name for item in lists}
    by_list = {bank.list.name: bank for bank in found}
    return Banks({bank.name: bank for bank in found}, by_list, frozenset(names - by_list.keys()))


def is_name(name: str) -> bool:
    """Whether a bank may be called ``name``."""
    return len(name) <= LONGEST_NAME and NAME.fullmatch(name) is not None


def _fitting(list_name: str) -> str:
    name = re.sub(r"[^A-Z0-9_]", "_", list_name.upper())
    return f"_{name}" if name[0].isdigit() else name


def _free(name: str, list_id: int, taken: set[str]) -> str:
    """Return ``name``, or where another bank has it, one with the list's number behind it."""
    while name in taken:
        name = f"{name}_{list_id}"
    return name
