"""Magnet links: every form of ``xt``, repeated or numbered, and what else in them names content.

BEP 9 (``xt``, ``tr``, ``x.pe``), BEP 53 (``so``) and the magnet draft of Gnutella software.
Trackers, peers and seeds are dropped unless asked for; search words (``kt``) always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import ipfs
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.urn import PUBLIC_KEY, Named, at_end, file_of
from tidebreak.links.urn import name as named
from tidebreak.links.values import unescape
from tidebreak.model import Signal

_ANY_CASE = re.IGNORECASE | re.ASCII
_BEGIN = re.compile(r"magnet:/{0,2}\?", _ANY_CASE)
_SELECTED = re.compile(r"[0-9,\-]{1,400}")

# An ampersand as web pages write it leaves this before the next key, perhaps more than once.
_ENTITY = re.compile(r"\A(?:amp;|#0*38;|#x0*26;)+", _ANY_CASE)

_SOURCES = frozenset(("tr", "x.pe", "ws", "as", "xs"))
_DROPPED = frozenset(("tr", "x.pe", "kt", ""))


class _One:
    """What the parameters of one number say: ``xt.1``, ``dn.1``, ``xl.1`` belong together."""

    __slots__ = ("name", "signals", "size")

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.name = ""
        self.size: int | None = None


class _Reading:
    """What is known so far, by number."""

    __slots__ = ("faults", "manifests", "notes", "ones", "sources")

    def __init__(self) -> None:
        self.ones = {"": _One()}
        self.manifests: list[NamedFile] = []
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.sources: list[str] = []


def read(text: str, *, sources: bool = False) -> Reference:
    """Return what a ``magnet:`` link names; raise `BadLink` when it is none.

    An ``xt`` that cannot be read, or is a public key, is a reason; so is having none. One of an
    unknown kind is a note: more digests of the same content are common.
    """
    begin = _BEGIN.match(text)
    if begin is None:
        raise BadLink("This is no magnet link: expected magnet:?xt=urn:….")
    reading = _Reading()
    one = reading.ones[""]
    for parameter in text[begin.end() :].split("&"):
        key, _, value = parameter.partition("=")
        handle = _HANDLERS.get(key)
        if handle is not None:
            handle(reading, one, value)
        elif key not in _DROPPED:
            key, number = usual(key)
            if key in _HANDLERS:
                _HANDLERS[key](reading, reading.ones.setdefault(number, _One()), value)
        if sources and key in _SOURCES:
            reading.sources.append(unescape(value))
    return _reference(reading)


def usual(key: str) -> tuple[str, str]:
    """Return an odd key, numbered, escaped or in capitals, as it should be, and its number."""
    key = _ENTITY.sub("", unescape(key)).lower()
    if key[:2] == "x.":
        return key[:4], ""
    key, _, number = key.partition(".")
    return key, number


def _topic(reading: _Reading, one: _One, value: str) -> None:
    """``xt``: the identifier itself."""
    one.signals.extend(_signals(reading, value))


def _signals(reading: _Reading, value: str) -> Named:
    try:
        found = named(unescape(value))
    except BadSignal as error:
        reading.faults.append(str(error))
        return ()
    if isinstance(found, str):
        # Another digest says nothing else of the content; a key may name any other.
        (reading.faults if found is PUBLIC_KEY else reading.notes).append(found)
        return ()
    return found


def _display_name(reading: _Reading, one: _One, value: str) -> None:
    one.name = unescape(value.replace("+", " "))


def _length(reading: _Reading, one: _One, value: str) -> None:
    """``xl``: the size in bytes."""
    if value.isascii() and value.isdigit() and len(value) < 19:
        one.size = int(value)
    else:
        reading.notes.append("its size (xl) is no number")


def _source(reading: _Reading, one: _One, value: str) -> None:
    """``xs``, ``as``, ``ws``: an address, which may end in a name of the content all the same."""
    value = unescape(value)
    if found := at_end(value):
        _topic(reading, one, found)
    elif "ipfs" in value.lower():
        try:
            reference = ipfs.read(value)
        except BadLink:
            return
        files = [signal for file in reference.files for signal in file.signals]
        one.signals.extend((*reference.signals, *files))


def _selection(reading: _Reading, one: _One, value: str) -> None:
    """``so``: which files of the torrent (BEP 53)."""
    value = unescape(value)
    shown = value if _SELECTED.fullmatch(value) else "in a way that is not understood"
    reading.notes.append(f"it selects files of the torrent: {shown}")


def _manifest(reading: _Reading, one: _One, value: str) -> None:
    """``mt``: a list of more links, by its own name or at an address."""
    found = at_end(unescape(value))
    if not found:
        reading.faults.append("its list of further links (mt) is an address; nothing is fetched")
    elif signals := _signals(reading, found):
        reading.manifests.append(file_of(signals, "list of further links (mt)"))


KEPT = frozenset(("xt", "dn", "xl", "so", "mt"))
"""Keys that name content and no place: what of a link is shown."""

_HANDLERS: Mapping[str, Callable[[_Reading, _One, str], None]] = {
    "xt": _topic,
    "dn": _display_name,
    "xl": _length,
    "xs": _source,
    "as": _source,
    "ws": _source,
    "so": _selection,
    "mt": _manifest,
}


def _reference(reading: _Reading) -> Reference:
    whole: list[Signal] = []
    files: list[NamedFile] = []
    name = ""
    for one in reading.ones.values():
        own: list[Signal] = []
        for signal in one.signals:
            (whole if signal.type.torrent else own).append(signal)
        if own:
            files.append(file_of(own, one.name, one.size))
        name = name or one.name
    files.extend(reading.manifests)
    faults, notes = reading.faults, reading.notes
    if not whole and not files and not faults:
        faults = notes or ["it names no content: it has no xt"]
    return Reference(
        Kind.MAGNET,
        distinct(whole) if len(whole) > 1 else tuple(whole),
        tuple(files),
        name,
        tuple(dict.fromkeys(notes)) if notes else (),
        "; ".join(dict.fromkeys(faults)) if faults else "",
        tuple(reading.sources),
    )
