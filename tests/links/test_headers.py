"""HTTP headers that name content, after the examples of RFC 9530 and RFC 6249."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import by_type, read_or_refused

from tidebreak.errors import BadLink
from tidebreak.links.headers import read
from tidebreak.links.reference import Kind

# RFC 9530, appendix B.1: the digest of {"hello": "world"} and a line feed.
RFC_9530 = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="
RFC_9530_HEX = hashlib.sha256(b'{"hello": "world"}\n').hexdigest()


@pytest.mark.parametrize(
    "line",
    [f"Repr-Digest: sha-256=:{RFC_9530}:", f"content-digest:sha-256=:{RFC_9530}:",
     f"Digest: SHA-256={RFC_9530}", f"Digest: id-sha-256={RFC_9530}",
     f"Repr-Digest: sha-512=:{'A' * 86}==:, sha-256=:{RFC_9530}:"],
)  # fmt: skip
def test_a_digest_is_read_in_every_form(line: str):
    reference = read(line)
    assert reference.kind is Kind.METALINK
    assert RFC_9530_HEX in by_type(reference.files[0].signals)["sha256"]
    assert reference.reason == ""


def test_a_whole_answer_is_read_and_mirrors_only_on_demand():
    md5 = base64.b64encode(hashlib.md5(b"x").digest()).decode()
    head = (
        "HTTP/1.1 200 OK\r\nLink: <http://www2.example.com/a>; rel=duplicate; pri=1\r\n"
        'Link: <http://example.com/a.meta4>; rel=describedby; type="application/metalink4+xml"\r\n'
        f"Digest: SHA-256={RFC_9530}\r\nContent-MD5: {md5}\r\nContent-Encoding: gzip\r\n\r\n"
        f"Digest: SHA-256={'A' * 43}=\r\n"
    )
    reference = read(head)
    found = by_type(reference.files[0].signals)
    assert found["sha256"] == [RFC_9530_HEX]
    assert found["md5"] == [hashlib.md5(b"x").hexdigest()]
    assert reference.sources == ()
    assert read(head, sources=True).sources == ("http://www2.example.com/a",)
    assert any("content coding" in note for note in reference.notes)
    assert any("not fetched" in note for note in reference.notes)


def test_gnutella_s_header_is_a_list_of_names():
    sha1 = "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS"
    tth = "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY"
    reference = read(f"X-Gnutella-Content-URN: urn:bitprint:{sha1}.{tth}, urn:other:x")
    assert by_type(reference.files[0].signals).keys() == {"sha1", "tth", "aich"}
    assert reference.notes


@pytest.mark.parametrize(
    "line",
    [
        "Digest: ",
        "Digest: SHA-256",
        "Repr-Digest: sha-256=:AA:",
        "Content-MD5: x",
        "Repr-Digest: sha-512=:AA==:",
        "X-Content-URN: urn:sha1:x",
    ],
)
def test_without_a_digest_that_can_be_compared_it_is_not_fully_read(line: str):
    assert read(line).reason
    assert read(line).files == ()


@pytest.mark.parametrize(
    "text", ["", "Server: x", "HTTP/1.1 200 OK\r\n\r\n", "Link: <x>; rel=duplicate"]
)
def test_a_head_that_names_nothing_is_refused(text: str):
    with pytest.raises(BadLink, match="header"):
        read(text)


@given(
    st.sampled_from(["Repr-Digest", "Digest", "Content-MD5", "X-Content-URN", "Link"]), st.text()
)
def test_any_value_is_read_or_refused(name: str, value: str):
    with read_or_refused():
        reference = read(f"Digest: x\n{name}: {value}", sources=True)
        assert reference.files or reference.reason


def test_a_head_full_of_angles_ends():
    assert read("Link: " + "<" * 60_000 + "\nDigest: md5=x").reason
