"""From an input to what it names, and to what is to be looked up of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tidebreak import links
from tidebreak.check.held import HeldFiles
from tidebreak.check.inputs import Input
from tidebreak.check.judging import ALIGNED, CLAIMED, Part
from tidebreak.errors import BadLink
from tidebreak.links import stores
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.stores import Held, metainfo

WHOLE = -1
"""Owner of what names the whole; files are owners by their place."""


class Read(NamedTuple):
    """An input, what it names (None with the ``reason`` why nothing can be read), what to ask.

    ``asked`` are parts with their owners: `WHOLE`, or the place of a file.
    """

    input: Input
    reference: Reference | None
    reason: str = ""
    asked: Sequence[tuple[int, Part]] = ()


def read(given: Input, held: HeldFiles | None = None, *, sources: bool = False) -> Read:
    """Return what ``given`` names."""
    if given.reason:
        return Read(given, None, given.reason)
    try:
        if given.data is None:
            reference = links.read(given.text, sources=sources)
        else:
            reference = _of_data(given.data, given.name, sources=sources)
    except BadLink as error:
        return Read(given, None, str(error))
    return Read(given, reference, "", _asked(reference, held))


def _of_data(data: bytes, name: str, *, sources: bool) -> Reference:
    kind = stores.recognise(data[: stores.HEAD])
    if kind is None or kind.read is metainfo.read:
        return links.read_file(data, sources=sources)
    store = stores.read(data, name)
    files = tuple(file for held in store.items for file in _named(held))
    return Reference(Kind.STORE, (), files, store.program, (kind.title,), store.reason)


def _named(held: Held) -> Iterator[NamedFile]:
    """Yield the files of what a store remembers; a torrent as a whole stands as one more."""
    if isinstance(held.content, NamedFile):
        yield held.content
        return
    if held.content.signals:
        yield NamedFile(held.content.name, signals=held.content.signals)
    yield from held.content.files


def _asked(reference: Reference, held: HeldFiles | None) -> list[tuple[int, Part]]:
    asked = [(WHOLE, Part(reference.signals))] if reference.signals else []
    for place, file in enumerate(reference.files):
        if file.signals:
            asked.append((place, Part(file.signals, file.size)))
        if file.hints:
            asked.append((place, Part(file.hints, file.size, CLAIMED)))
        if held is not None and file.alignment is not None:
            own = held.signals(file.alignment)
            asked += [(place, Part(signals, file.size, ALIGNED)) for signals in own]
    return asked
