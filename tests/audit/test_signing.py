from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.audit.openssl import openssl

from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Checker, SignedHead, Signer, place_of, signer
from tidebreak.errors import NotInstalled, UsageError


def test_openssl_believes_a_signed_head(filled: AuditLog, signer: Signer, tmp_path: Path):
    signed = signer.sign_last(filled)
    assert signed is not None
    line, signature, public = (tmp_path / name for name in ("a.head", "a.sig", "public.pem"))
    line.write_bytes(signed.line)
    signature.write_bytes(signed.signature)
    public.write_bytes(signer.public)
    check = ("pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", line, "-sigfile",
             signature)  # fmt: skip
    assert openssl(*check).returncode == 0
    line.write_bytes(signed.line.replace(b'"number":5', b'"number":6'))
    assert openssl(*check).returncode != 0


def test_a_head_says_the_end_of_the_log(filled: AuditLog, signer: Signer):
    signed = signer.sign_last(filled)
    assert signed is not None
    assert signed.head == filled.head()
    record = json.loads(signed.line)
    assert record["at"] == list(filled.events())[-1].at
    assert list(record) == ["at", "hash", "number"]
    assert Checker.of(signer.public).holds(signed)
    assert signer.sign_last(filled) == signed, "the same log gives the same head"


def test_an_empty_log_has_no_head(log: AuditLog, signer: Signer):
    assert signer.sign_last(log) is None


def test_another_key_or_line_does_not_hold(filled: AuditLog, signer: Signer):
    signed = signer.sign_last(filled)
    assert signed is not None
    checker = Checker.of(signer.public)
    for bad in (SignedHead(signed.line + b" ", signed.signature), SignedHead(signed.line, b""),
                SignedHead(signed.line, signed.signature[:-1] + b"\0")):  # fmt: skip
        assert not checker.holds(bad)
    assert not Checker.of(Signer(b"t" * 32).public).holds(signed)


def test_the_key_is_made_once_and_kept_apart(tmp_path: Path):
    path = place_of(tmp_path / "home.key")
    assert path == tmp_path / "home.audit.key"
    public = signer(path).public
    assert signer(path).public == public
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("damaged")
    with pytest.raises(NotInstalled):
        signer(path)


def test_no_other_key_is_taken_for_a_public_one():
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    for pem in (b"", b"x", curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(UsageError, match="Ed25519"):
            Checker.of(pem)


@pytest.mark.parametrize("line", [b"", b"\xff", b"[]", b"{}", b'{"number":"1","hash":"a"}'])
def test_what_is_no_head_is_told(line: bytes):
    with pytest.raises(UsageError, match="no head"):
        _ = SignedHead(line, b"").head
