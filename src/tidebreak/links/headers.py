"""Metalink/HTTP: what the header of an HTTP answer says of the file (RFC 6249, RFC 9530).

``Repr-Digest``, ``Content-Digest``, the older ``Digest`` (RFC 3230) and ``Content-MD5``, and
Gnutella's ``X-Gnutella-Content-URN``. Mirrors (``Link: rel=duplicate``) are dropped unless asked
for.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import urn
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES, SignalType

_MOST = 1 << 16
"""Characters of the longest head that is read."""

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_DIGEST = re.compile(r"\s*([A-Za-z0-9-]+)\s*=\s*:?([A-Za-z0-9+/=]+?):?\s*(?:;[^,]*)?")

# RFC 9530 and RFC 5843; "id-" means: before any content coding.
_ALGORITHMS = {"sha-256": "sha256", "sha": "sha1", "sha-1": "sha1", "md5": "md5"}


def read(text: str, *, sources: bool = False) -> Reference:
    """Return what one header line, or the whole head of an answer, names.

    Raises `BadLink` when it has no line that names content.
    """
    reading = _Reading()
    named = False
    for line in text[:_MOST].strip().splitlines():
        name, _, value = line.partition(":")
        name = name.strip().lower()
        named = named or name in NAMES
        if name in _HANDLERS:
            _HANDLERS[name](reading, value.strip())
        elif not line.strip():
            break
    if not named:
        raise BadLink("This is no HTTP header that names content: expected Repr-Digest or Digest.")
    reason = "; ".join(dict.fromkeys(reading.faults))
    if not reading.signals and not reason:
        reason = "it has no digest that can be compared"
    signals = distinct(reading.signals)
    notes = tuple(dict.fromkeys(reading.notes))
    reference = urn.of_signals(Kind.METALINK, signals, notes=notes, reason=reason)
    return replace(reference, sources=tuple(reading.sources)) if sources else reference


@dataclass(slots=True)
class _Reading:
    signals: list[Signal] = field(default_factory=list[Signal])
    notes: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])
    sources: list[str] = field(default_factory=list[str])


def _digests(reading: _Reading, value: str) -> None:
    for item in value.split(","):
        found = _DIGEST.fullmatch(item)
        if found is None:
            reading.faults.append("a digest in it is not written properly")
            continue
        kind = SIGNAL_TYPES.get(_ALGORITHMS.get(found[1].lower().removeprefix("id-"), ""))
        if kind is None:
            reading.notes.append("a digest in it is of an algorithm that is not compared")
        else:
            _add(reading, kind, found[2])


def _md5(reading: _Reading, value: str) -> None:
    _add(reading, SIGNAL_TYPES["md5"], value)


def _add(reading: _Reading, kind: SignalType, text: str) -> None:
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) == kind.length:
        reading.signals.append(Signal(kind, digest))
    else:
        reading.faults.append(f"{kind.name}: expected {kind.length} bytes in base64")


def _urns(reading: _Reading, value: str) -> None:
    for item in value.split(","):
        try:
            found = urn.name(item)
        except BadSignal as error:
            reading.faults.append(str(error))
            continue
        if isinstance(found, str):
            reading.notes.append(found)
        else:
            reading.signals.extend(found)


def _link(reading: _Reading, value: str) -> None:
    """``Link``: other places to get it (RFC 6249), or a Metalink file that says more."""
    for address, parameters in _LINK.findall(value):
        if "duplicate" in parameters.lower():
            reading.sources.append(address)
        elif "describedby" in parameters.lower():
            reading.notes.append("it points to a description (Metalink, torrent): not fetched")


def _coding(reading: _Reading, value: str) -> None:
    if value.lower() != "identity":
        reading.notes.append("sent in a content coding: a digest may be of the coded bytes")


_HANDLERS: Mapping[str, Callable[[_Reading, str], None]] = {
    "repr-digest": _digests,
    "content-digest": _digests,
    "digest": _digests,
    "content-md5": _md5,
    "x-gnutella-content-urn": _urns,
    "x-content-urn": _urns,
    "link": _link,
    "content-encoding": _coding,
}

NAMES = frozenset(_HANDLERS) - {"link", "content-encoding"}
"""The headers that name content, in small letters."""
