"""Metalink files: the examples of the RFC and of version 3, and hostile XML."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import by_type, read_or_refused

from tidebreak.errors import BadLink
from tidebreak.links import metalink
from tidebreak.links.metalink import read
from tidebreak.links.reference import Kind

# After RFC 5854, section 4.1.2 and 1.1.
RFC_5854 = """<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
  <published>2009-05-15T12:23:23Z</published>
  <file name="example.ext">
    <size>14471447</size>
    <identity>Example</identity>
    <version>1.0</version>
    <language>en</language>
    <description>A description of the example file for download.</description>
    <hash type="sha-256">f0ad929cd259957e160ea442eb80986b5f01c3c8c9d2c3f9e4c1e8e9d7d6f5a4</hash>
    <pieces length="1048576" type="sha-1">
      <hash>d4a9fa6cba9dbb5cdb29ab2d6a26aa6e4d8d1c9b</hash>
      <hash>0b1a2d3c4e5f60718293a4b5c6d7e8f901234567</hash>
    </pieces>
    <url location="de" priority="1">ftp://ftp.example.com/example.ext</url>
    <url location="fr" priority="1">http://example.com/example.ext</url>
    <metaurl mediatype="torrent" priority="2">http://example.com/example.ext.torrent</metaurl>
  </file>
</metalink>"""

VERSION_3 = """<metalink version="3.0" xmlns="http://www.metalinker.org/">
<files><file name="a.iso"><size>5</size>
<verification><hash type="md5">5d41402abc4b2a76b9719d911017c592</hash>
<hash type="sha1">aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d</hash>
<pieces length="16" type="sha256">
<hash piece="0">2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824</hash></pieces>
</verification>
<resources><url type="http">http://example.com/a</url>
<url type="magnet">magnet:?xt=urn:btih:aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d</url>
<url type="magnet">magnet:?xt=urn:ed2k:5d41402abc4b2a76b9719d911017c592</url>
</resources></file></files></metalink>"""


def test_the_example_of_the_rfc_is_one_file_with_digest_and_first_piece():
    reference = read(RFC_5854.encode())
    (file,) = reference.files
    assert (reference.kind, reference.name, reference.reason) == (Kind.METALINK, "example.ext", "")
    assert (file.path, file.size) == ("example.ext", 14_471_447)
    digest = "f0ad929cd259957e160ea442eb80986b5f01c3c8c9d2c3f9e4c1e8e9d7d6f5a4"
    assert by_type(file.signals) == {"sha256": [digest]}
    assert file.alignment is not None
    assert file.alignment.skip == 0
    assert file.alignment.piece_length == 1 << 20
    assert file.alignment.sha1.hex().startswith("d4a9fa6c")


def test_sources_are_dropped_unless_asked_for():
    assert read(RFC_5854.encode()).sources == ()
    assert len(read(RFC_5854.encode(), sources=True).sources) == 3


def test_version_3_and_the_links_in_it_name_the_same_file():
    reference = read(VERSION_3.encode())
    (file,) = reference.files
    found = by_type(file.signals)
    assert found["md5"] == [hashlib.md5(b"hello").hexdigest()]
    assert found["sha1"] == [hashlib.sha1(b"hello").hexdigest()]
    assert hashlib.sha256(b"hello").hexdigest() in found["sha256"]  # its only piece
    assert found["ed2k"] == ["5d41402abc4b2a76b9719d911017c592"]
    assert by_type(reference.signals)["btih"] == ["aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_any_encoding_is_read(encoding: str):
    text = RFC_5854.replace('encoding="UTF-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    assert read(text.encode(encoding)).files == read(RFC_5854.encode()).files


def wrapped(inner: str) -> bytes:
    space = "urn:ietf:params:xml:ns:metalink"
    return f'<metalink xmlns="{space}"><file name="x">{inner}</file></metalink>'.encode()


def test_a_digest_that_is_not_compared_is_noted_and_a_broken_one_a_reason():
    reference = read(wrapped('<hash type="sha-384">ab</hash><hash type="md5">short</hash>'))
    assert "not compared" in reference.notes[0]
    assert reference.reason.startswith("md5: ")
    assert reference.files[0].silent


def test_what_is_cut_off_is_read_so_far_with_a_reason():
    cut = RFC_5854.encode()[: RFC_5854.index("<pieces")]
    reference = read(cut)
    assert by_type(reference.files[0].signals).keys() == {"sha256"}
    assert "well formed" in reference.reason


BOMB = """<!DOCTYPE metalink [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>"""
OUTSIDE = """<!DOCTYPE metalink SYSTEM "file:///etc/passwd">"""


@pytest.mark.parametrize("declaration", [BOMB, OUTSIDE, "<!DOCTYPE metalink>"])
def test_declarations_are_refused(declaration: str):
    body = RFC_5854.partition("?>")[2]
    with pytest.raises(BadLink, match="document type"):
        read((declaration + body).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"<metalink/>",
        b"hello",
        b"\xff\xfe",
        b"<!--x-->",
        b"<metalink xmlns='urn:x'/>",
    ],
)
def test_other_documents_are_refused(data: bytes):
    with pytest.raises(BadLink, match="no Metalink"):
        read(data)


def test_size_depth_and_number_of_elements_are_bounded(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(BadLink, match="too deep"):
        read(wrapped("<a>" * 10_000))
    monkeypatch.setattr(metalink, "_ELEMENTS", 100)
    with pytest.raises(BadLink, match="too many"):
        read(wrapped("<a/>" * 101))
    with pytest.raises(BadLink, match="16 MiB"):
        read(bytes((16 << 20) + 1))


TAGS = st.sampled_from(
    [
        "<file name='y'>",
        "</file>",
        "<size>",
        "</size>",
        "<hash type='md5'>",
        "</hash>",
        "<pieces length='5' type='sha-1'>",
        "</pieces>",
        "<url>",
        "</url>",
        "magnet:?xt=urn:btih:x",
        "ed2k://",
        "5",
        "ab" * 20,
        "&#0;",
        "&x;",
        "<![CDATA[",
    ]
)


@given(st.lists(TAGS | st.text(max_size=5), max_size=20))
def test_any_elements_are_read_or_refused(parts: list[str]):
    with read_or_refused():
        assert read(wrapped("".join(parts))).kind is Kind.METALINK
