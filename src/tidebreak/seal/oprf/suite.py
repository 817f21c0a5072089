"""The suite ristretto255-SHA512 of RFC 9497: hashing into the group and to scalars.

Elements are 32 bytes, the canonical encoding of RFC 9496; scalars are 32 bytes, little-endian,
below the order of the group (RFC 9497, section 4.1).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import rbcl

from tidebreak.errors import UsageError

ORDER = (1 << 252) + 27742317777372353535851937790883648493
"""Of the group (RFC 9496, section 4)."""

ELEMENT, SCALAR, PROOF, OUTPUT = 32, 32, 64, 64
"""Bytes of an element, of a scalar, of a proof, and of the function's output."""

_LONGEST = 0xFFFF
_AFTER_ZEROS = hashlib.sha512(bytes(128))
"""The state after a block of zeros, with which every expansion begins."""


class Mode(IntEnum):
    """Modes of the protocol: with a proof that the known key was used, and without."""

    BASE = 0
    VERIFIABLE = 1


_CONTEXTS = tuple(b"OPRFV1-" + bytes([mode]) + b"-ristretto255-SHA512" for mode in Mode)


@dataclass(frozen=True, slots=True)
class Suite:
    """What is hashed in one mode, each use with a domain of its own."""

    mode: Mode

    @property
    def context(self) -> bytes:
        """The context string (RFC 9497, section 3.1)."""
        return _CONTEXTS[self.mode]

    def hash_to_group(self, data: bytes) -> bytes:
        """Return the element that ``data`` stands for; nobody knows its logarithm."""
        return rbcl.crypto_core_ristretto255_from_hash(expand(data, b"HashToGroup-" + self.context))

    def hash_to_scalar(self, data: bytes, domain: bytes = b"HashToScalar-") -> bytes:
        """Return a scalar that is uniform in what is hashed."""
        uniform = expand(data, domain + self.context)
        return rbcl.crypto_core_ristretto255_scalar_reduce(uniform)

    def derive_key(self, seed: bytes, info: bytes) -> bytes:
        """Return the private key of a 32-byte seed (``DeriveKeyPair``, section 3.2.1)."""
        for counter in range(256):
            data = seed + framed(info) + bytes([counter])
            key = self.hash_to_scalar(data, b"DeriveKeyPair")
            if any(key):
                return key
        raise UsageError("This seed gives no key; take another one.")


def expand(data: bytes, domain: bytes) -> bytes:
    """Return 64 uniform bytes: ``expand_message_xmd`` with SHA-512 (RFC 9380, section 5.3.1)."""
    domain += bytes([len(domain)])
    first = _AFTER_ZEROS.copy()
    first.update(data + b"\x00\x40\x00" + domain)
    return hashlib.sha512(first.digest() + b"\x01" + domain).digest()


def framed(*parts: bytes) -> bytes:
    """Return every part behind its length in two bytes, as transcripts are written."""
    if any(len(part) > _LONGEST for part in parts):
        raise UsageError("What is asked for is longer than 65,535 bytes; it cannot be known.")
    return b"".join([len(part).to_bytes(2) + part for part in parts])


def public_key(key: bytes) -> bytes:
    """Return the public key that belongs to a private one."""
    return rbcl.crypto_scalarmult_ristretto255_base(key)
