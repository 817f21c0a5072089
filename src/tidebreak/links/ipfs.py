"""IPFS addresses: ``ipfs://``, ``/ipfs/``, gateways by path or host, and bare CIDs.

What is compared is the multihash inside, so any base and codec will do (multiformats/cid,
multibase). A CID with a path behind it names a folder; ``ipns`` names what may change every hour.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from tidebreak.errors import BadLink
from tidebreak.links import values
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.model import Signal
from tidebreak.signals import DAG_PB_CID, MULTIHASH, RAW_CID, SIGNAL_TYPES, SignalType, parse_cid

_ANY_CASE = re.IGNORECASE | re.ASCII

_SPACE, _REST = "(?P<space>ipfs|ipns)", "(?P<path>/[^?#]*)?"
_FORMS = tuple(
    re.compile(form, _ANY_CASE)
    for form in (
        rf"https?://(?P<cid>[^/.]+)\.{_SPACE}\.[^/]+{_REST}",  # a gateway, the CID in its name
        rf"{_SPACE}:(?://)?(?!/)(?P<cid>[^/?#]+){_REST}",
        rf"(?:[^?#]*?/|dweb:)/?{_SPACE}/(?P<cid>[^/?#]+){_REST}",  # a gateway, the CID in its path
    )
)

_BLAKE3 = SIGNAL_TYPES["blake3"]
_KINDS: Mapping[bytes, SignalType] = {
    RAW_CID: SIGNAL_TYPES["cid-raw"],
    DAG_PB_CID: SIGNAL_TYPES["cid-v1"],
    b"\x01\x55\x1e\x20": _BLAKE3,
}
"""How CIDs of 36 bytes begin: version, codec, hash function, length."""

_LONGEST = 200
"""Characters of the longest CID: one in base16 has 73."""

_MOVING = "an IPNS name: what it names may change, so it cannot be judged without asking IPFS"
_UNKNOWN = "a CID of a kind that is not compared here: only SHA-256 and BLAKE3 are"
_INSIDE = "a file inside an IPFS folder: only the folder's own CID is stated"


def _base36(text: str) -> bytes:
    number = int(text, 36) if text.isascii() and text.isalnum() else -1
    if number < 0:
        raise ValueError
    # The version of a CID is 1, so no leading zero byte is lost.
    return number.to_bytes((number.bit_length() + 7) // 8)


def _base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


_BASES: Mapping[str, Callable[[str], bytes]] = {
    "b": values.base32,
    "v": lambda text: base64.b32hexdecode(text.upper() + "=" * (-len(text) % 8)),
    "f": bytes.fromhex,
    "k": _base36,
    "m": lambda text: _base64(text.replace("+", "-").replace("/", "_")),
    "u": _base64,
}
"""Multibase prefixes, without base58, which `tidebreak.signals.parse_cid` reads."""


def read(text: str) -> Reference:
    """Return what an IPFS address or bare CID names; raise `BadLink` when it is neither."""
    for form in _FORMS:
        found = form.match(text)
        if found is not None:
            return _address(found["space"].lower(), unquote(found["cid"]), found["path"] or "")
    cid, _, path = text.partition("/")
    return _address("ipfs", cid, path)


def _address(space: str, cid: str, path: str) -> Reference:
    if space == "ipns":
        return Reference(Kind.IPFS, reason=_MOVING)
    try:
        signals = signals_of(cid)
    except ValueError:
        raise BadLink(
            "This has the form of an IPFS address, but its CID is none that can be read."
        ) from None
    if not signals:
        return Reference(Kind.IPFS, reason=_UNKNOWN)
    path = unquote(path.strip("/"))
    if path:
        return Reference(Kind.IPFS, signals, (NamedFile(path, silent=_INSIDE),), path)
    return Reference(Kind.IPFS, (), (NamedFile("", None, with_equals(signals, None)),))


def signals_of(cid: str) -> tuple[Signal, ...]:
    """Return what a CID names, nothing when it is of a kind that is not compared.

    Raises `ValueError` when it is no CID.
    """
    binary = _binary(cid)
    kind = _KINDS.get(binary[:4])
    if kind is not None and len(binary) == 36:
        return (Signal(kind, binary[4:] if kind is _BLAKE3 else binary),)
    if binary[:2] == MULTIHASH and len(binary) == 34:
        return (Signal(SIGNAL_TYPES["cid-v0"], binary),)
    if binary[:1] != b"\x01" or len(binary) < 4:
        raise ValueError("not a CID")
    return ()


def _binary(cid: str) -> bytes:
    if cid[:1] in ("Q", "z"):
        return parse_cid(cid)
    prefix = cid[:1].lower() if cid[:1] in ("B", "F", "K", "V") else cid[:1]
    if prefix not in _BASES or not 4 <= len(cid) <= _LONGEST:
        raise ValueError("not a CID")
    return _BASES[prefix](cid[1:])
