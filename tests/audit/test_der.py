from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.audit.openssl import openssl

from tidebreak.audit import der
from tidebreak.audit.der import BadDer


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=4))
def test_what_is_written_is_read(parts):
    whole = der.write(der.SEQUENCE, *(der.write(der.OCTET_STRING, part) for part in parts))
    read = der.parse(whole).expect(der.SEQUENCE)
    assert read.whole == whole
    assert [item.content for item in read] == parts


@settings(deadline=None)
@given(st.integers(0, 2**70))
def test_numbers_are_read_as_written(value):
    assert der.parse(der.integer(value)).number == value


def test_long_lengths():
    for size in (0x7F, 0x80, 0xFF, 0x100, 70_000):
        assert len(der.parse(der.write(der.OCTET_STRING, bytes(size))).content) == size


def test_openssl_reads_it_the_same_way(tmp_path: Path):
    names = {
        "2.16.840.1.101.3.4.2.1": "sha256",
        "1.2.840.113549.1.9.16.1.4": "id-smime-ct-TSTInfo",
        "1.3.101.112": "ED25519",
        "2.5.4.3": "commonName",
    }
    whole = der.write(der.SEQUENCE, der.integer(200), *map(der.oid, names))
    (tmp_path / "a.der").write_bytes(whole)
    said = openssl("asn1parse", "-inform", "DER", "-in", tmp_path / "a.der").stdout.decode()
    assert ":C8" in said
    assert re.findall(r"OBJECT +:(\S+)", said) == list(names.values())


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x01", b"\x30\x00\x00", b"\x30\x80\x00\x00", b"\x04\x81\x01a",
     b"\x04\x82\x00\x81" + bytes(0x81), b"\x1f\x01\x01a", b"\x04\x85\x01\x00\x00\x00\x00"],
)  # fmt: skip
def test_what_is_not_der_is_refused(data: bytes):
    with pytest.raises(BadDer):
        der.parse(data)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_are_too_odd(data: bytes):
    try:
        read = der.parse(data)
    except BadDer:
        return
    assert read.whole == data
    assert der.write(read.tag, read.content) == data, "there is one way to write each"


def test_the_right_kind_is_expected():
    with pytest.raises(BadDer, match="tag"):
        der.parse(der.integer(1)).expect(der.OID)
    with pytest.raises(BadDer):
        _ = der.parse(b"\x02\x00").number
