"""List formats: one module each, found by registration.

A module here that calls `register` is a format; adding one touches nothing else. A format reads
a file as a stream of `Batch`; it raises `BadList` where the whole file cannot be trusted, and
reports a line that is no entry as a `BadRow`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tidebreak.errors import BadList, UsageError
from tidebreak.lists.batch import Batch
from tidebreak.lists.source import Source
from tidebreak.model import ListKind
from tidebreak.signals import find_signal_type


def _any_kind(kind: ListKind, statement: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is recognised and read.

    ``order``: formats that recognise more surely are asked first. ``refuses`` says in a sentence
    why a file of this format may not be a list of some kind, given the importer's statement that
    it is known to be good; empty when it may.
    """

    name: str
    title: str
    order: int
    detect: Callable[[Source], bool]
    read: Callable[[Source], Iterator[Batch]]
    refuses: Callable[[ListKind, str], str] = _any_kind
    unit: str = "line"
    """What the numbers of bad rows count."""


_FORMATS: dict[str, Format] = {}


def register(found: Format) -> Format:
    """Add a format; called once by each module of this package."""
    _FORMATS[found.name] = found
    return found


def formats() -> list[Format]:
    """Return all formats, the surest first."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return sorted(_FORMATS.values(), key=lambda item: item.order)


def choose(source: Source, wanted: str | None) -> Format:
    """Return the format called ``wanted``, or the one that recognises the file.

    A signal type's name is a format too: one bare value of that type per line.
    """
    known = formats()
    if source.size == 0:
        raise BadList(f"{source.path} is empty; to withdraw a whole list, remove it.")
    if wanted is not None:
        name = wanted
        if wanted not in _FORMATS and (kind := find_signal_type(wanted)) is not None:
            name, source.type = "lines", kind
        for item in known:
            if item.name == name:
                return item
        names = ", ".join(item.name for item in known)
        raise UsageError(f"There is no format '{wanted}'; say one of {names} or a signal type.")
    for item in known:
        if item.detect(source):
            return item
    titles = "; ".join(f"{item.name}: {item.title}" for item in known)
    raise BadList(f"{source.path} is in no format that is read here ({titles}).")
