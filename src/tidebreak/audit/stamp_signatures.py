"""Who signed a stamp: the certificate that it names, for stamps alone, by a chain that is trusted.

RFC 3161, section 2.3; RFC 5035 for how the certificate is named; RFC 5280 for what a chain is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tidebreak.audit import der
from tidebreak.audit.der import Item
from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HASHES = {
    der.oid("2.16.840.1.101.3.4.2.1"): "sha256",
    der.oid("2.16.840.1.101.3.4.2.2"): "sha384",
    der.oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_WITH_HASH = {
    der.oid("1.2.840.113549.1.1.11"): "sha256",
    der.oid("1.2.840.113549.1.1.12"): "sha384",
    der.oid("1.2.840.113549.1.1.13"): "sha512",
    der.oid("1.2.840.10045.4.3.2"): "sha256",
    der.oid("1.2.840.10045.4.3.3"): "sha384",
    der.oid("1.2.840.10045.4.3.4"): "sha512",
}
_PLAIN_RSA = der.oid("1.2.840.113549.1.1.1")
_ED25519 = der.oid("1.3.101.112")
_NAMED_V1 = der.oid("1.2.840.113549.1.9.16.2.12")
_NAMED_V2 = der.oid("1.2.840.113549.1.9.16.2.47")
_LONGEST_CHAIN = 8


class Bad(ValueError):
    """Why a stamp is not valid, as half a sentence."""


def load_trusted(pem: bytes) -> list[Certificate]:
    """Return the certificates in a PEM file; raise `UsageError` when there are none."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise UsageError("The file holds no certificates in PEM; name the right one.") from None


def hash_of(algorithm: Item) -> str:
    """Return the hash that an AlgorithmIdentifier names."""
    name = _HASHES.get(algorithm.items[0].whole)
    if name is None:
        raise Bad("it uses a hash that is not taken here")
    return name


def signer_of(
    info: Item, certificates: Sequence[Item], trusted: Sequence[Certificate], at: datetime
) -> Certificate:
    """Return the certificate that a SignerInfo names, once it and its chain are found good."""
    try:
        return _signer_of(info, certificates, trusted, at)
    except Bad:
        raise
    except Exception:  # whatever a strange certificate makes the library raise: it is many things
        raise Bad("its certificates cannot be read") from None


def _signer_of(
    info: Item, certificates: Sequence[Item], trusted: Sequence[Certificate], at: datetime
) -> Certificate:
    from cryptography import x509

    given = [x509.load_der_x509_certificate(one.whole) for one in certificates]
    attributes = {one.items[0].whole: one.items[1] for one in info.items[3]}
    found = next((one for one in (*given, *trusted) if _is_named(one, attributes)), None)
    if found is None:
        raise Bad("the certificate that it names is missing")
    _check_purpose(found)
    _check_chain(found, given, trusted, at)
    return found


def verify_signature(
    signer: Certificate, digest: Item, algorithm: Item, signed: bytes, signature: bytes
) -> None:
    """Raise `Bad` unless ``signature`` is the signer's, of ``signed``."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    kind = algorithm.items[0].whole
    known = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}
    name = _WITH_HASH.get(kind) or (hash_of(digest) if kind == _PLAIN_RSA else "")
    try:
        key = signer.public_key()
        if isinstance(key, ed25519.Ed25519PublicKey) and kind == _ED25519:
            key.verify(signature, signed)
        elif isinstance(key, rsa.RSAPublicKey) and name:
            key.verify(signature, signed, padding.PKCS1v15(), known[name]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and name:
            key.verify(signature, signed, ec.ECDSA(known[name]()))
        else:
            raise Bad("it is signed in a way that is not taken here")
    except InvalidSignature:
        raise Bad("its signature does not hold") from None
    except UnsupportedAlgorithm:
        raise Bad("it is signed in a way that is not taken here") from None


def _is_named(certificate: Certificate, attributes: dict[bytes, Item]) -> bool:
    """Whether ESSCertID or ESSCertIDv2 (RFC 5035), the first of each, is of this certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding

    content = certificate.public_bytes(Encoding.DER)
    if _NAMED_V2 in attributes:
        parts = _first_named(attributes[_NAMED_V2])
        name = hash_of(parts[0]) if parts[0].tag == der.SEQUENCE else "sha256"
        told = parts[1] if parts[0].tag == der.SEQUENCE else parts[0]
    elif _NAMED_V1 in attributes:
        name, told = "sha1", _first_named(attributes[_NAMED_V1])[0]
    else:
        raise Bad("it does not name its certificate")
    return hashlib.new(name, content).digest() == told.content


def _first_named(attribute: Item) -> list[Item]:
    (value,) = attribute.items
    return value.items[0].items[0].items


def _check_purpose(certificate: Certificate) -> None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise Bad("the signer's certificate is not for stamps") from None
    if not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Bad("the signer's certificate is not for stamps alone")


def _check_chain(
    certificate: Certificate,
    given: Sequence[Certificate],
    trusted: Sequence[Certificate],
    at: datetime,
) -> None:
    """Follow who issued whom to a certificate that is trusted; all must be valid ``at`` then."""
    current = certificate
    for _ in range(_LONGEST_CHAIN):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise Bad("a certificate was not valid at that time")
        if current in trusted:
            return
        issuer = next(
            (one for one in (*trusted, *given) if one != current and _issued(current, one)), None
        )
        if issuer is None:
            break
        current = issuer
    raise Bad("its certificates do not lead to one that is trusted")


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        authority = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return False
    if not (authority and usage):
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
