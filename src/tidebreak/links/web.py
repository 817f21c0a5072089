"""HTTP addresses that name content: tracker announces, Gnutella's ``N2R``, IPFS gateways.

Everything else at such an address would have to be fetched, and nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, unquote_to_bytes

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links import ipfs, urn, values
from tidebreak.links.equalities import distinct
from tidebreak.links.reference import Kind, Reference
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

_BTIH = SIGNAL_TYPES["btih"]
_INFO_HASH = re.compile(r"[?&]info_hash=([^&#\s]*)", re.ASCII)


def read(text: str) -> Reference:
    """Return what an address or a request's path names; raise `BadLink` when it names nothing."""
    announced = _INFO_HASH.findall(text)
    if announced:
        signals = [signal for value in announced for signal in _info_hash(value)]
        return Reference(Kind.URN, distinct(signals))
    text = values.writable(text)
    if "ipfs" in text.lower() or "ipns" in text.lower():
        return ipfs.read(text)
    found = urn.at_end(unquote(text))
    if not found:
        raise BadLink(urn.NOT_A_LINK)
    return urn.read(found)


def _info_hash(value: str) -> Iterator[Signal]:
    """Yield what a tracker is asked for: 20 bytes percent-encoded (BEP 3), or hexadecimal."""
    # Bytes that were never escaped stand in texts as lone surrogates (PEP 383).
    try:
        escaped = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise BadLink("The info_hash of this address is no percent-encoded text.") from None
    # A plus sign is itself to some software and a space to other.
    readings = {unquote_to_bytes(escaped), unquote_to_bytes(escaped.replace(b"+", b" "))}
    for raw in sorted(readings):
        if len(raw) == _BTIH.length:
            yield Signal(_BTIH, raw)
        elif len(raw) == 2 * _BTIH.length and raw.isalnum():
            yield from _hexadecimal(raw.decode("ascii"))
        else:
            raise BadLink(f"The info_hash of this address has {len(raw)} bytes; expected 20.")


def _hexadecimal(text: str) -> Iterator[Signal]:
    try:
        yield Signal(_BTIH, _BTIH.parse(text))
    except BadSignal as error:
        raise BadLink(f"The info_hash of this address is none: {error}.") from None
