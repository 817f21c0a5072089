"""Magnet links: every form of ``xt``, repeated or numbered, and what else in them names content.

BEP 9 (``xt``, ``tr``, ``x.pe``), BEP 53 (``so``) and the magnet draft of Gnutella software.
Trackers, peers and seeds are dropped unless asked for; search words (``kt``) always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import ipfs
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.links.urn import Named, file_of
from tidebreak.links.urn import name as named
from tidebreak.model import Signal

_ANY_CASE = re.IGNORECASE | re.ASCII
_BEGIN = re.compile(r"magnet:/{0,2}\?", _ANY_CASE)
_URN = re.compile(r"urn:[a-z0-9]+:[a-z0-9.:/]+\Z", _ANY_CASE)
_SELECTED = re.compile(r"[0-9,\-]{1,400}")

_SOURCES = frozenset(("tr", "x.pe", "ws", "as", "xs"))


@dataclass(slots=True)
class _One:
    """What the parameters of one number say: ``xt.1``, ``dn.1``, ``xl.1`` belong together."""

    signals: list[Signal] = field(default_factory=list[Signal])
    name: str = ""
    size: int | None = None


@dataclass(slots=True)
class _Reading:
    """What is known so far, by number."""

    ones: dict[str, _One] = field(default_factory=dict[str, _One])
    manifests: list[NamedFile] = field(default_factory=list[NamedFile])
    notes: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])
    sources: list[str] = field(default_factory=list[str])

    def one(self, number: str) -> _One:
        return self.ones.setdefault(number, _One())


def read(text: str, *, sources: bool = False) -> Reference:
    """Return what a ``magnet:`` link names; raise `BadLink` when it is none.

    An ``xt`` that cannot be read, or is of an unknown kind, is a reason; so is having none.
    """
    begin = _BEGIN.match(text)
    if begin is None:
        raise BadLink("This is no magnet link: expected magnet:?xt=urn:….")
    reading = _Reading()
    for parameter in text[begin.end() :].split("&"):
        key, _, value = parameter.partition("=")
        if "%" in key or key[:4] == "amp;" or not key.islower():
            key = unquote(key).removeprefix("amp;").lower()
        key, _, number = key.partition(".") if key[:2] != "x." else (key, "", "")
        handle = _HANDLERS.get(key)
        if handle is not None:
            handle(reading, number, value)
        if sources and key in _SOURCES:
            reading.sources.append(unquote(value))
    return _reference(reading)


def _topic(reading: _Reading, number: str, value: str) -> None:
    """``xt``: the identifier itself."""
    signals = _signals(reading, value)
    if signals:
        reading.one(number).signals.extend(signals)


def _signals(reading: _Reading, value: str) -> Named:
    try:
        found = named(unquote(value) if "%" in value else value)
    except BadSignal as error:
        reading.faults.append(str(error))
        return ()
    if isinstance(found, str):
        reading.notes.append(found)
        return ()
    return found


def _display_name(reading: _Reading, number: str, value: str) -> None:
    reading.one(number).name = unquote_plus(value)


def _length(reading: _Reading, number: str, value: str) -> None:
    """``xl``: the size in bytes."""
    if value.isascii() and value.isdigit() and len(value) < 19:
        reading.one(number).size = int(value)
    else:
        reading.notes.append("its size (xl) is no number")


def _source(reading: _Reading, number: str, value: str) -> None:
    """``xs``, ``as``, ``ws``: an address, which may end in a name of the content all the same."""
    value = unquote(value)
    found = _URN.search(value)
    if found is not None:
        _topic(reading, number, found[0])
    elif "ipfs" in value.lower():
        try:
            reference = ipfs.read(value)
        except BadLink:
            return
        files = [signal for file in reference.files for signal in file.signals]
        reading.one(number).signals.extend((*reference.signals, *files))


def _selection(reading: _Reading, number: str, value: str) -> None:
    """``so``: which files of the torrent (BEP 53)."""
    value = unquote(value)
    shown = value if _SELECTED.fullmatch(value) else "in a way that is not understood"
    reading.notes.append(f"it selects files of the torrent: {shown}")


def _manifest(reading: _Reading, number: str, value: str) -> None:
    """``mt``: a list of more links, by its own name or at an address."""
    found = _URN.search(unquote(value))
    if found is None:
        reading.faults.append("its list of further links (mt) is an address; nothing is fetched")
    elif signals := _signals(reading, found[0]):
        reading.manifests.append(file_of(signals, "list of further links (mt)"))


_HANDLERS: Mapping[str, Callable[[_Reading, str, str], None]] = {
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
    for one in reading.ones.values():
        own = [signal for signal in one.signals if not signal.type.torrent]
        if len(own) < len(one.signals):
            whole.extend(signal for signal in one.signals if signal.type.torrent)
        if own:
            files.append(file_of(tuple(own), one.name, one.size))
    files.extend(reading.manifests)
    faults = reading.faults
    if not whole and not files and not faults:
        faults = reading.notes or ["it names no content: it has no xt"]
    return Reference(
        Kind.MAGNET,
        distinct(whole),
        tuple(files),
        next((one.name for one in reading.ones.values() if one.name), ""),
        tuple(dict.fromkeys(reading.notes)),
        "; ".join(dict.fromkeys(faults)),
        tuple(reading.sources),
    )
