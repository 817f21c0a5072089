"""IPFS addresses in every base and form; vectors of the reference and of multibase."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import by_type, read_or_refused

from tidebreak.errors import BadLink
from tidebreak.links.ipfs import read, signals_of
from tidebreak.links.reference import Kind

# Of "The quick brown fox jumps over the lazy dog".
RAW = "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"
V0 = "QmSXpkKkXMnsqWEnWYAokFuyQUxQ1pR1FgbnpyKNrJdPwV"
SHA256 = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"


@pytest.mark.parametrize(
    "text",
    [RAW, f"ipfs://{RAW}", f"ipfs:{RAW}", f"/ipfs/{RAW}", f"/ipfs/{RAW}/", f"dweb:/ipfs/{RAW}",
     f"https://ipfs.io/ipfs/{RAW}?filename=x", f"http://127.0.0.1:8080/ipfs/{RAW}#x",
     f"https://{RAW}.ipfs.dweb.link/", f"https://{RAW}.ipfs.localhost:8080", f"IPFS://{RAW}",
     f"IPFS://{RAW.upper()}", f"ipfs://{RAW}?x=1"],
)  # fmt: skip
def test_an_address_is_read_however_it_is_written(text: str):
    reference = read(text)
    (file,) = reference.files
    assert by_type(file.signals)["sha256"] == [SHA256]
    assert (reference.kind, reference.reason, file.silent) == (Kind.IPFS, "", "")


def test_a_version_0_cid_names_a_graph_and_no_sha256():
    (file,) = read(f"ipfs://{V0}").files
    assert by_type(file.signals).keys() == {"cid-v0"}


def base36(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
    return "k" + text


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"[digit] + text
    return "z" + text


BASES = {
    "b": lambda data: "b" + base64.b32encode(data).decode().rstrip("=").lower(),
    "B": lambda data: "B" + base64.b32encode(data).decode().rstrip("="),
    "v": lambda data: "v" + base64.b32hexencode(data).decode().rstrip("=").lower(),
    "f": lambda data: "f" + data.hex(),
    "F": lambda data: "F" + data.hex().upper(),
    "k": base36,
    "K": lambda data: base36(data).upper(),
    "z": base58,
    "m": lambda data: "m" + base64.b64encode(data).decode().rstrip("="),
    "u": lambda data: "u" + base64.urlsafe_b64encode(data).decode().rstrip("="),
}


@pytest.mark.parametrize("base", BASES)
@given(digest=st.binary(min_size=32, max_size=32), codec=st.sampled_from([0x55, 0x70]))
def test_every_base_writes_the_same_cid(base: str, digest: bytes, codec: int):
    binary = bytes([1, codec, 0x12, 0x20]) + digest
    (signal,) = signals_of(BASES[base](binary))
    assert signal.value == binary
    assert signal.type.name == ("cid-raw" if codec == 0x55 else "cid-v1")


def test_a_raw_blake3_cid_is_the_blake3_of_the_bytes():
    binary = b"\x01\x55\x1e\x20" + hashlib.sha256(b"x").digest()
    (file,) = read(BASES["b"](binary)).files
    assert by_type(file.signals) == {"blake3": [binary[4:].hex()]}


@pytest.mark.parametrize(
    "binary",
    [
        b"\x01\x71\x12\x20" + bytes(32),
        b"\x01\x55\x13\x40" + bytes(64),
        b"\x01\x70\x1e\x20" + bytes(32),
        b"\x01\x55\x00\x05hello",
    ],
)
def test_a_cid_that_cannot_be_compared_is_a_reason(binary: bytes):
    reference = read(BASES["b"](binary))
    assert "not compared" in reference.reason
    assert (reference.signals, reference.files) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        f"/ipfs/{RAW}/a/b%20c",
        f"https://{RAW}.ipfs.dweb.link/a/b%20c",
        f"ipfs://{RAW}/a/b c",
        f"{RAW}/a/b c",
    ],
)
def test_with_a_path_the_cid_is_that_of_the_folder(text: str):
    reference = read(text)
    assert by_type(reference.signals).keys() == {"cid-raw"}
    (file,) = reference.files
    assert (file.path, file.signals) == ("a/b c", ())
    assert "folder" in file.silent


@pytest.mark.parametrize(
    "text",
    [
        "ipns://example.org",
        "/ipns/k51abc",
        "https://x.org/ipns/k51/a",
        "https://k51.ipns.dweb.link/",
    ],
)
def test_a_moving_name_cannot_be_judged_and_says_so(text: str):
    assert "may change" in read(text).reason


@pytest.mark.parametrize(
    "text",
    [
        "ipfs://",
        "/ipfs/",
        "/ipfs/x",
        "hello",
        "",
        "Qm" + "0" * 44,
        RAW[:-1],
        "https://x.org/docs/ipfs/intro",
        "b",
        "b" + "a" * 300,
    ],
)
def test_what_is_no_cid_is_refused(text: str):
    with pytest.raises(BadLink) as caught:
        read(text)
    assert len(text) < 5 or text not in str(caught.value)


@given(
    st.text(max_size=80), st.sampled_from(["", "ipfs://", "/ipfs/", "https://x/ipfs/", "https://"])
)
def test_any_text_is_read_or_refused(text: str, before: str):
    with read_or_refused():
        assert read(before + text).kind is Kind.IPFS
