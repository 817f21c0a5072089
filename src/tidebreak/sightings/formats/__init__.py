"""Log formats: one module each, found by registration.

A module here that calls `register` is a format; adding one touches nothing else. A format turns
a log into tables of texts and says how they are to be read; what the texts mean (times, seals,
grades) is the same for all of them (`tidebreak.sightings.intake.interpret`).
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import BinaryIO

from tidebreak.errors import UsageError
from tidebreak.sightings.intake.mapping import Mapping
from tidebreak.sightings.records import Grade, Network
from tidebreak.sightings.texts import Mask, Texts

AT_ONCE = 1 << 16
"""Rows of one table of a format that is read line by line."""


@dataclass(frozen=True, slots=True)
class Table:
    """Some rows of a log as columns of texts, all equally long.

    ``rows`` counts the log's own rows that it comes from: those in the columns, and those that
    are counted in ``rejects`` by reason because they are no rows of this format. ``further``
    (N,) bool marks rows of the columns that are a second sighting by the same row of the log.
    """

    columns: dict[str, Texts]
    rows: int
    rejects: Dict[str, int] = field(default_factory=dict[str, int])
    further: Mask | None = None


Read = Callable[[BinaryIO, Mapping], Iterator[Table]]
"""Yields the tables of an open log; raises `UsageError` where it is of no such format."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of log is read, and what it can prove.

    ``mapping`` is built in; None where the user brings one. ``ceiling`` is the best grade that
    such a log can prove of anything, and ``why``, in words; a row may be worse. ``grade`` is that
    of rows of which nobody says anything.
    """

    name: str
    title: str
    network: Network
    ceiling: Grade
    grade: Grade
    why: str
    read: Read
    mapping: Mapping | None = None


_FORMATS: dict[str, Format] = {}


def register(found: Format) -> Format:
    """Add a format; called once by each module of this package."""
    _FORMATS[found.name] = found
    return found


def formats() -> list[Format]:
    """Return all formats by name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return sorted(_FORMATS.values(), key=lambda item: item.name)


def find(name: str) -> Format:
    """Return the format called ``name``; raises `UsageError`."""
    known = {item.name: item for item in formats()}
    if name not in known:
        raise UsageError(f"There is no log format '{name}'; say one of {', '.join(known)}.")
    return known[name]
