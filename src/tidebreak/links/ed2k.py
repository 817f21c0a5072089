"""``ed2k://`` links of eMule and aMule: one file by its ed2k id and size, perhaps its AICH root.

Part hashes (``p=``) say nothing that the id does not. Sources and web addresses are dropped
unless they are asked for. Grammar as in aMule's ``ED2KLink.cpp``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import urn, values
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

_LARGEST = 1 << 38
"""Bytes of the largest file on this network (256 GiB)."""

_ED2K, _AICH = SIGNAL_TYPES["ed2k"], SIGNAL_TYPES["aich"]

_ANY_CASE = re.IGNORECASE | re.ASCII
_FILE = re.compile(r"ed2k:/*\|file\|([^|]*)\|([^|]*)\|([^|]*)(?:\||/|$)(.*)", _ANY_CASE | re.DOTALL)
_OTHER = re.compile(r"ed2k:/*\|(server|serverlist|nodeslist|friend|search)\|", _ANY_CASE)
_BARE = re.compile(r"ed2k:[0-9a-f]{32}", _ANY_CASE)
_ENCODED_BAR = re.compile("%7c", _ANY_CASE)


def read(text: str, *, sources: bool = False) -> Reference:
    """Return what an ``ed2k://`` link names; raise `BadLink` when it is none."""
    found = _FILE.match(text)
    if found is None and "|" not in text:
        # Browsers and forums write the bars so.
        text = _ENCODED_BAR.sub("|", text)
        found = _FILE.match(text)
    if found is None and _BARE.fullmatch(text):
        return urn.read(text)
    if found is not None:
        return _file(*found.groups(), sources=sources)
    other = _OTHER.match(text)
    if other is None:
        raise BadLink("This is no ed2k link: expected ed2k://|file|NAME|SIZE|HASH|/.")
    return Reference(Kind.ED2K, notes=(f"a {other[1].lower()} link: it names no content",))


def _file(name: str, size_text: str, digest: str, rest: str, *, sources: bool) -> Reference:
    faults: list[str] = []
    signals: list[Signal] = []
    try:
        signals.append(Signal(_ED2K, values.parse(_ED2K, digest)))
    except BadSignal as error:
        faults.append(str(error))
    size = _size(size_text)
    if size is None:
        faults.append("its size is no size of a file on this network")
    found: list[str] = []
    if len(rest) > 1:
        for field in rest.split("|"):
            _read_field(field, signals, faults, found)
    named = urn.file_of(signals, values.unescape(name), size)
    if not signals:
        named = replace(named, silent="its id cannot be read")
    return Reference(
        Kind.ED2K, (), (named,), named.path, (), "; ".join(faults), tuple(found) if sources else ()
    )


def _size(text: str) -> int | None:
    if len(text) > 12 or not text.isascii() or not text.isdigit():
        return None
    size = int(text)
    return size if 0 < size <= _LARGEST else None


def _read_field(field: str, signals: list[Signal], faults: list[str], sources: list[str]) -> None:
    """Read one of the fields behind the id: ``h=`` is another name, ``p=`` is none."""
    key = field[:2].lower()
    if key == "h=":
        try:
            signals.append(Signal(_AICH, values.parse(_AICH, field[2:])))
        except BadSignal as error:
            faults.append(str(error))
    elif key == "s=":
        sources.append(field[2:])
    elif field[:8].lower() == "sources,":
        sources.extend(filter(None, field[8:].split(",")))
