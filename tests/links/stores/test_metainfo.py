from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak import links
from tidebreak.errors import BadLink
from tidebreak.links.stores.metainfo import looks_like_metalink, looks_like_torrent, read
from tidebreak.links.stores.store import Holding

METALINK = b"""<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
<file name="f"><size>5</size><hash type="sha-256">%s</hash></file></metalink>""" % (b"0f" * 32)


def test_a_torrent_is_a_store_of_itself(kept: Path):
    data = (kept / "shared.torrent").read_bytes()
    assert looks_like_torrent(data)
    (held,) = read(data).items
    assert held.content == links.read_file(data)
    assert (held.holding, held.content.sources) == (Holding.LISTED, ())


def test_a_torrent_that_transmission_makes_now(torrent: Path):
    assert looks_like_torrent(torrent.read_bytes())


@pytest.mark.parametrize(
    "head",
    [
        b"d8:announce30:http://tracker.invalid/announce",
        b"d7:unusual3:key4:infod6:lengthi5e",
        b"d6:lengthi5e4:name1:n12:piece lengthi16384e6:pieces",
    ],
)
def test_torrents_of_any_make_are_told(head: bytes):
    assert looks_like_torrent(head)


@pytest.mark.parametrize("head", [b"", b"d", b"dear 12:piece lengthi", b"d1:ae", b"i5e", b"d9:x"])
def test_what_only_begins_alike_is_none(head: bytes):
    assert not looks_like_torrent(head)


def test_a_metalink_is_a_store_of_itself():
    assert looks_like_metalink(METALINK)
    assert looks_like_metalink(b"\xef\xbb\xbf" + METALINK)
    wide = METALINK.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert looks_like_metalink(wide)
    assert read(wide) == read(METALINK)
    (held,) = read(METALINK).items
    assert held.content.files[0].path == "f"
    assert not looks_like_metalink(b"<html>")
    assert not looks_like_metalink(b"a text about <metalink")


def test_what_is_neither_is_refused():
    for data in (b"", b"<html/>", b"text"):
        with pytest.raises(BadLink):
            read(data)
