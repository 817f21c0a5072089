"""Signs heads of the audit log with Ed25519 (RFC 8032), so that nobody rewrites what came before.

A head is one line of canonical JSON: number, time and hash of the last record. The same log gives
the same line and the same signature, byte for byte, whoever signs and how often. The signature is
over the line alone: ``openssl pkeyutl -verify -rawin`` checks it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak import secret_files
from tidebreak.audit.log import AuditLog, Head, Record
from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_HEADER = "tidebreak-audit-key-1 "
_REMEDY = "restore it, or sign with a new one and note when and why"
SIGNATURE = 64
"""Bytes of a signature."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it is handed out: the line that was signed, and the signature."""

    line: bytes
    signature: bytes

    @property
    def head(self) -> Head:
        """What the line says; raises `UsageError` when it is no head."""
        try:
            record = json.loads(self.line)
            number, text = record["number"], record["hash"]
        except (ValueError, TypeError, KeyError):
            number, text = None, None
        if type(number) is not int or type(text) is not str:
            raise UsageError("This is no head of an audit log; name another file.")
        return Head(number, text)


class Signer:
    """Signs with one key (32 bytes, RFC 8032)."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(key)

    @property
    def public(self) -> bytes:
        """The public key in PEM, to hand to whoever checks."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        made = self._key.public_key()
        return made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, record: Record) -> SignedHead:
        """Return the head that ends with ``record``."""
        line = line_of(record)
        return SignedHead(line, self._key.sign(line))

    def sign_last(self, log: AuditLog) -> SignedHead | None:
        """Return the head of ``log`` as it is now; None while it is empty."""
        last = log.record(log.head().number)
        return self.sign(last) if last else None


def line_of(record: Record) -> bytes:
    """Return the line that is signed."""
    made = {"at": json.loads(record.body)["at"], "hash": record.hash, "number": record.number}
    return json.dumps(made, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def place_of(key_file: Path) -> Path:
    """Return where the key for signing lies: beside the installation's own, apart from the data."""
    return key_file.with_name(f"{key_file.name.removesuffix('.key')}.audit.key")


def signer(path: Path) -> Signer:
    """Return who signs with the key in ``path``, which is made where there is none.

    Raises `NotInstalled` when it is unusable.
    """
    try:
        return Signer(secret_files.make_key(path, _HEADER))
    except FileExistsError:
        return Signer(secret_files.read_key(path, _HEADER, "an audit log", _REMEDY))


class Checker:
    """Checks signatures by one public key."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key

    @classmethod
    def of(cls, pem: bytes) -> Checker:
        """Return who checks by a public key in PEM; raise `UsageError` when it is none."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(pem)
        except ValueError:
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise UsageError("This is no Ed25519 public key in PEM; name the right file.")
        return cls(key)

    def holds(self, signed: SignedHead) -> bool:
        """Whether this line was signed with the key."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(signed.signature, signed.line)
        except InvalidSignature:
            return False
        return True
