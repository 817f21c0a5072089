"""Stamps of time (RFC 3161, RFC 5816): an authority's word that a line existed at a time.

A response is the authority's CMS signature (RFC 5652) over a `TSTInfo`. Checked are: that it was
granted, what it is of, the nonce of the request, the signature and what it covers, that the
signer is the certificate it names, that this is for stamps alone, and the chain of certificates
to those that the caller trusts. Whether one was withdrawn is not asked.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tidebreak.audit import der
from tidebreak.audit.der import BadDer, Item
from tidebreak.audit.stamp_signatures import Bad, hash_of, signer_of, verify_signature
from tidebreak.errors import TidebreakError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SHA256 = der.write(der.SEQUENCE, der.oid("2.16.840.1.101.3.4.2.1"), der.write(der.NULL))
_SIGNED_DATA = der.oid("1.2.840.113549.1.7.2")
_TST_INFO = der.oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = der.oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = der.oid("1.2.840.113549.1.9.4")
_GRANTED = (0, 1)


class BadStamp(TidebreakError):
    """A response is no stamp of what it should be, or not by whom it should be."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to an authority, and the nonce that its response must repeat."""

    body: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who says that it existed at ``at`` (UTC), under which number."""

    at: datetime
    serial: int
    authority: str


def request(data: bytes) -> Request:
    """Return a request for a stamp of ``data``, by its SHA-256; nothing else of it is sent."""
    nonce = int.from_bytes(os.urandom(8), "big")
    certificates_wanted = der.write(der.BOOLEAN, b"\xff")
    parts = (der.integer(1), _imprint(data), der.integer(nonce), certificates_wanted)
    return Request(der.write(der.SEQUENCE, *parts), nonce)


def check(
    data: bytes, response: bytes, trusted: Sequence[Certificate], nonce: int | None = None
) -> Stamp:
    """Return the stamp of ``data`` that a response holds; raise `BadStamp` when it is none.

    ``trusted`` are the certificates at which a chain may end. ``nonce`` is that of the request,
    None for a stamp that was kept.
    """
    try:
        return _check(data, der.parse(response), trusted, nonce)
    except Bad as error:
        raise BadStamp(f"This is no valid stamp: {error}; ask for another.") from None
    except (BadDer, ValueError, LookupError, OverflowError):
        raise BadStamp("This is no response of a stamping authority; ask for another.") from None


def _check(data: bytes, response: Item, trusted: Sequence[Certificate], nonce: int | None) -> Stamp:
    status, *token = response.expect(der.SEQUENCE).items
    if status.items[0].number not in _GRANTED or not token:
        raise Bad("the authority did not grant it")
    kind, wrapped = token[0].expect(der.SEQUENCE).items
    if kind.whole != _SIGNED_DATA:
        raise Bad("it is not signed")
    _, _, inner, *optional = _only(wrapped).items
    inner_kind, inner_content = inner.items
    if inner_kind.whole != _TST_INFO:
        raise Bad("something else was signed")
    content = _only(inner_content).expect(der.OCTET_STRING).content
    at, serial = _read_info(data, der.parse(content), nonce)
    certificates = next((list(one) for one in optional if one.tag == 0xA0), [])
    (info,) = optional[-1].expect(der.SET).items
    signer = signer_of(info, certificates, trusted, at)
    signature = _read_signer(info, content)
    verify_signature(signer, *signature)
    return Stamp(at, serial, signer.subject.rfc4514_string())


def _read_info(data: bytes, info: Item, nonce: int | None) -> tuple[datetime, int]:
    """Return time and number from a TSTInfo, which must be of ``data``."""
    version, _, imprint, serial, at, *optional = info.expect(der.SEQUENCE).items
    if version.number != 1 or not _same_imprint(imprint, data):
        raise Bad("it is of something else")
    told = next((one.number for one in optional if one.tag == der.INTEGER), None)
    if nonce is not None and told != nonce:
        raise Bad("it answers another request")
    return _time(at), serial.number


def _read_signer(info: Item, content: bytes) -> tuple[Item, Item, bytes, bytes]:
    """Return (digest algorithm, signature algorithm, what was signed, signature).

    What was signed are attributes, which must be of ``content``.
    """
    _, _, digest, attributes, algorithm, signature, *_ = info.expect(der.SEQUENCE).items
    if attributes.tag != 0xA0:
        raise Bad("it has no signed attributes")
    values = {one.items[0].whole: _only(one.items[1]) for one in attributes}
    if values[_CONTENT_TYPE].whole != _TST_INFO:
        raise Bad("its signature is of something else")
    if values[_MESSAGE_DIGEST].content != hashlib.new(hash_of(digest), content).digest():
        raise Bad("its content was changed")
    # RFC 5652, section 5.4: the signature is over the attributes as a SET.
    signed = der.write(der.SET, attributes.content)
    return digest, algorithm, signed, signature.expect(der.OCTET_STRING).content


def _imprint(data: bytes) -> bytes:
    digest = der.write(der.OCTET_STRING, hashlib.sha256(data).digest())
    return der.write(der.SEQUENCE, _SHA256, digest)


def _same_imprint(imprint: Item, data: bytes) -> bool:
    algorithm, digest = imprint.items
    return hash_of(algorithm) == "sha256" and digest.content == hashlib.sha256(data).digest()


def _time(item: Item) -> datetime:
    """Read GeneralizedTime as RFC 3161, section 2.4.2, has it: UTC, perhaps with a fraction."""
    text = item.expect(der.GENERALIZED_TIME).content.decode("ascii")
    whole, _, _ = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        raise Bad("its time is not UTC")
    return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _only(item: Item) -> Item:
    (inside,) = item.items
    return inside
