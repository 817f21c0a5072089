"""The way in: which text goes to which reader, and what all of them share."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import V1, make, pack, read_or_refused

from tidebreak.errors import BadLink
from tidebreak.links import LONGEST, Kind, Reference, read, read_file, read_many

HEX, SHA1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12", "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS"
RAW = "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"
MAGNET = f"magnet:?xt=urn:btih:{HEX}"

TEXTS = {
    MAGNET: Kind.MAGNET,
    f"  <{MAGNET}>\n": Kind.MAGNET,
    f'"{MAGNET}"': Kind.MAGNET,
    "\ufeff" + MAGNET: Kind.MAGNET,
    MAGNET.upper(): Kind.MAGNET,
    "magnet%3A%3Fxt%3Durn%3Abtih%3A" + HEX: Kind.MAGNET,
    f"ed2k://|file|x|5|{'ab' * 16}|/": Kind.ED2K,
    f"urn:sha1:{SHA1}": Kind.URN,
    f"sha1:{SHA1}": Kind.URN,
    HEX: Kind.URN,
    SHA1: Kind.URN,
    f"/announce?info_hash={HEX}": Kind.URN,
    f"http://h/uri-res/N2R?urn:sha1:{SHA1}": Kind.URN,
    RAW: Kind.IPFS,
    f"/ipfs/{RAW}": Kind.IPFS,
    f"ipfs://{RAW}": Kind.IPFS,
    f"https://ipfs.io/ipfs/{RAW}": Kind.IPFS,
    "ipns://x.org": Kind.IPFS,
    f"Repr-Digest: sha-256=:{'A' * 43}=:": Kind.METALINK,
}


@pytest.mark.parametrize("text", TEXTS)
def test_every_kind_of_text_finds_its_reader(text: str):
    assert read(text).kind is TEXTS[text]


def test_files_are_known_by_how_they_begin(tmp_path):
    assert read_file(make(pack(tmp_path), V1)).kind is Kind.TORRENT
    xml = b"<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='x'/></metalink>"
    for data in (xml, b"\xef\xbb\xbf\n" + xml, xml.decode().encode("utf-16")):
        assert read_file(data).kind is Kind.METALINK
    assert read_file(b"HTTP/1.1 200 OK\r\nDigest: MD5=x\r\n\r\n").kind is Kind.METALINK
    with pytest.raises(BadLink, match="not bencode"):
        read_file(b"magnet:?")


@pytest.mark.parametrize("text", ["", "   ", "hello world", "http://example.com", "ftp://x", "x:y"])
def test_what_is_nothing_known_is_refused(text: str):
    with pytest.raises(BadLink) as caught:
        read(text)
    assert text.strip() not in str(caught.value) or not text.strip()


def test_many_lines_give_one_answer_each_in_order():
    found = list(read_many([MAGNET, "nothing", HEX]))
    assert isinstance(found[0], Reference)
    assert isinstance(found[1], BadLink)
    assert isinstance(found[2], Reference)


def test_sources_are_only_there_when_asked_for():
    (with_sources,) = read_many([MAGNET + "&tr=x"], sources=True)
    assert isinstance(with_sources, Reference)
    assert with_sources.sources == ("x",)
    assert read(MAGNET + "&tr=x").sources == ()


def test_a_text_has_a_longest_length():
    with pytest.raises(BadLink, match="longer"):
        read("x" * (LONGEST + 1))


@pytest.mark.parametrize(
    "unit",
    [
        "&xt=urn:btih:",
        "%3A",
        "|",
        "/ipfs/",
        "&",
        "urn:sha1:",
        "%25",
        "<",
        ";",
        "magnet:?",
        "&xs=urn:x:",
        "|h=",
        "ipns/",
        "info_hash=&",
    ],
)
@pytest.mark.parametrize(
    "before", ["magnet:?xt=", "ed2k://|file|x|5|", "http://x/", "", "/a?", "Digest: "]
)
def test_no_long_text_takes_long(before: str, unit: str):
    start = time.process_time()
    text = (before + unit * 200_000)[:400_000]
    with read_or_refused():
        read(text, sources=True)
    assert time.process_time() - start < 2


def test_what_was_no_text_can_be_written_out():
    link = f"{MAGNET}&dn=\udcff&tr=\ud800"
    found = read(link, sources=True)
    assert (found.name + found.sources[0]).encode() == b"??"


@given(st.text(max_size=60), st.sampled_from(["", *TEXTS]))
def test_any_text_is_read_or_refused(text: str, before: str):
    for each in (before + text, text + before):
        with read_or_refused():
            assert isinstance(read(each, sources=True), Reference)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"<", b"d4:info", b"HTTP/1.1 200\r\nDigest:", b"\xff\xfe"]),
)
def test_any_bytes_are_read_or_refused(data: bytes, before: bytes):
    with read_or_refused():
        assert isinstance(read_file(before + data, sources=True), Reference)


def test_the_example_in_the_documentation_runs(capsys: pytest.CaptureFixture[str]):
    page = Path(__file__).parents[2] / "docs" / "links.md"
    (block,) = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    exec(block, {})
    printed = capsys.readouterr().out.splitlines()
    assert printed == ["fox.txt 43 ['sha1', 'aich']", "Reference", "BadLink"]


@pytest.mark.parametrize("text", ["magnet:?xs=", "http://x.invalid/", "magnet:?mt="])
def test_a_megabyte_that_looks_like_links_ends(text):
    """With the square of its length it would take half an hour."""
    with contextlib.suppress(BadLink):
        assert not read(text + "urn:a:" * 170_000 + "!").signals
