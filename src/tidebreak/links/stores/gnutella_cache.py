"""``sha1_cache`` of gtk-gnutella: every file that it has shared and hashed.

Lines of text, as its own head says: URN, size in bytes, time of the last change, path, with
tabs between (gtk-gnutella, ``src/core/huge.c``). The URN is a bitprint or a SHA-1 alone; old
versions write that without ``urn:sha1:``.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores.store import ClientStore, Held, collect, time_or_none
from tidebreak.links.torrent_parts import size_of
from tidebreak.model import Signal

_MARK = b"# gtk-gnutella SHA1 cache file."


def looks(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a ``sha1_cache``."""
    return _MARK in head[:200]


def read(data: bytes) -> ClientStore:
    """Return what a ``sha1_cache`` says; raises `BadLink` when it is none.

    Lines that are damaged are counted in the reason; those after them are read.
    """
    if not looks(data):
        raise BadLink("This is no sha1_cache of gtk-gnutella: it lacks the head; name another.")
    bad: list[int] = []
    items, reason = collect(_files(data, bad))
    if bad:
        reason = f"{len(bad):,} of its lines are damaged, the first is line {bad[0]:,}"
    return ClientStore("gtk-gnutella", items=items, reason=reason)


def _files(data: bytes, bad: list[int]) -> Iterator[Held]:
    for line, text in enumerate(data.split(b"\n"), 1):
        if text and not text.startswith(b"#"):
            held = _file(text)
            if held is None:
                bad.append(line)
            else:
                yield held


def _file(text: bytes) -> Held | None:
    cells = text.decode("utf-8", "replace").split("\t", 3)
    if len(cells) < 4 or not (_is_number(cells[1]) and _is_number(cells[2])):
        return None
    try:
        signals = signals_of(cells[0])
    except BadSignal:
        return None
    path = cells[3]
    size = size_of(int(cells[1]))
    named = NamedFile(path.rpartition("/")[2], size, with_equals(signals, size))
    return Held(named, share=1.0, path=path, modified=time_or_none(int(cells[2])))


def signals_of(urn: str) -> tuple[Signal, ...]:
    """Return what ``urn:bitprint:``, ``urn:sha1:`` or a bare SHA-1 writes, else `BadSignal`."""
    value = urn.removeprefix("urn:sha1:")
    if not urn.startswith("urn:bitprint:"):
        return (Signal.parse("sha1", value),)
    sha1, _, tth = urn.removeprefix("urn:bitprint:").partition(".")
    return (Signal.parse("sha1", sha1), Signal.parse("tth", tth))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
