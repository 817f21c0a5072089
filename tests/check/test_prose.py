from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.check.prose import links_in, without_sources

BTIH = "magnet:?xt=urn:btih:" + "a" * 40
ED2K = "ed2k://|file|a name with blanks.bin|5|" + "0" * 32 + "|/"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (f"see {BTIH}&dn=x.", [f"{BTIH}&dn=x"]),
        (f'<a href="{BTIH}">', [BTIH]),
        (f"({ED2K}) and {ED2K}", [ED2K, ED2K]),
        (f"{ED2K[:-2]}|/|sources,1.2.3.4:4662|/", [f"{ED2K[:-2]}|/|sources,1.2.3.4:4662|/"]),
        ("URN:SHA1:" + "A" * 32 + ",", ["URN:SHA1:" + "A" * 32]),
        ("ipfs://bafy123/x and https://gate.invalid/ipfs/bafy123", [
            "ipfs://bafy123/x", "https://gate.invalid/ipfs/bafy123"]),
        ("nothing https://example.invalid/page", []),
    ],
)  # fmt: skip
def test_links_are_found_in_text(text, links):
    assert list(links_in(text)) == links


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_stands_around(before, after):
    assert any(BTIH in link for link in links_in(f"{before} {BTIH} {after}"))


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        (f"{BTIH}&tr=http://t.invalid&dn=x&x.pe=1.2.3.4:5&ws=http://w", f"{BTIH}&dn=x"),
        ("magnet:?tr.1=http://t&xt=urn:sha1:x&xs=y", "magnet:?xt=urn:sha1:x"),
        (f"{ED2K}|sources,1.2.3.4:4662|/", ED2K),
        (f"{ED2K[:-2]}|sources,1.2.3.4:4662|/", ED2K),
        ("urn:sha1:x", "urn:sha1:x"),
    ],
)
def test_sources_are_dropped(link, kept):
    assert without_sources(link) == kept
