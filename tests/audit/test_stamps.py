from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.audit.openssl import Authority, Party, openssl

from tidebreak.audit import der, stamp_signatures, stamps
from tidebreak.audit.stamps import BadStamp

LINE = b'{"at":"2026-01-01T00:00:00.000+00:00","hash":"ab","number":5}\n'


@pytest.fixture(scope="module")
def response(authority: Authority) -> bytes:
    return authority.reply(stamps.request(LINE).body)


def test_openssl_reads_the_request(tmp_path: Path):
    asked = stamps.request(LINE)
    (tmp_path / "a.tsq").write_bytes(asked.body)
    said = openssl("ts", "-query", "-in", tmp_path / "a.tsq", "-text").stdout.decode()
    assert "Hash Algorithm: sha256" in said
    assert f"Nonce: 0x{asked.nonce:016X}" in said.replace("0x0x", "0x")
    assert "Certificate required: yes" in said


@pytest.mark.parametrize(
    ("curve", "digest", "named_by"),
    [(True, "sha256", "sha256"), (False, "sha256", "sha256"), (False, "sha512", "sha512"),
     (True, "sha384", "sha1")],
)  # fmt: skip
def test_a_stamp_of_openssl_is_believed(tmp_path: Path, curve, digest, named_by):
    authority = Authority(tmp_path, curve=curve, digest=digest, named_by=named_by)
    asked = stamps.request(LINE)
    answer = authority.reply(asked.body)
    found = stamps.check(LINE, answer, [authority.root.certificate], asked.nonce)
    assert abs((found.at - datetime.now(UTC)).total_seconds()) < 60
    assert found.serial == 0x2B
    assert found.authority == "CN=stamps"
    assert authority.believes(LINE, answer)


def test_a_stamp_of_something_else_or_by_somebody_else_is_not(authority, response):
    trusted = [authority.root.certificate]
    assert stamps.check(LINE, response, trusted)
    impostor = Party("root", authority=True).certificate
    for data, roots, nonce in (
        (LINE + b" ", trusted, None), (LINE, [], None), (LINE, [impostor], None),
        (LINE, trusted, 1),
    ):  # fmt: skip
        with pytest.raises(BadStamp):
            stamps.check(data, response, roots, nonce)
    assert not authority.believes(LINE + b" ", response)


def test_a_chain_may_end_below_the_root(authority: Authority, response: bytes):
    for party in (authority.middle, authority.signer):
        assert stamps.check(LINE, response, [party.certificate])


def test_a_refusal_is_told(authority: Authority):
    broken = authority.reply(stamps.request(LINE).body.replace(b"\x04\x02\x01", b"\x04\x02\x09"))
    with pytest.raises(BadStamp, match="did not grant"):
        stamps.check(LINE, broken, [authority.root.certificate])


def test_the_purpose_of_the_signer_is_looked_at(authority, response, monkeypatch):
    def refuse(certificate: object) -> None:
        raise stamp_signatures.Bad("the signer's certificate is not for stamps")

    monkeypatch.setattr(stamp_signatures, "_check_purpose", refuse)
    with pytest.raises(BadStamp, match="not for stamps"):
        stamps.check(LINE, response, [authority.root.certificate])


@pytest.mark.parametrize("response", [b"", b"\x30\x00", b"<html>", der.write(der.SEQUENCE)])
def test_other_answers_are_told(response: bytes):
    with pytest.raises(BadStamp, match="no response"):
        stamps.check(LINE, response, [])


@settings(deadline=None)
@given(st.data())
def test_no_byte_can_be_changed_to_say_something_else(authority, response, data):
    trusted = [authority.root.certificate]
    good = stamps.check(LINE, response, trusted)
    place = data.draw(st.integers(0, len(response) - 1))
    changed = bytearray(response)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        found = stamps.check(LINE, bytes(changed), trusted)
    except BadStamp:
        return
    assert found == good, "what is not signed may change, what it says may not"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd(response: bytes):
    with pytest.raises(BadStamp):
        stamps.check(LINE, response, [])
