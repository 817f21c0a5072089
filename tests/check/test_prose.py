from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.check.prose import links_in, separated, without_sources

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
        (f" <{BTIH}&tr=http://t>", BTIH),
        (f"{BTIH}&amp;tr=http://t&%74r.3=http://t&x.pe.1=1.2.3.4:5", BTIH),
        ("magnet:xt=x&tr=http://t", "magnet:xt=x"),
        (f"magnet:/?{BTIH[8:]}&tr=http://t", f"magnet:/?{BTIH[8:]}"),
        (quote(f"{BTIH}&tr=http://t", safe=""), BTIH),
        (f"{ED2K[:-1]}s=http://1.2.3.4/x|h=a|/", f"{ED2K[:-1]}h=a|/"),
        (f"{ED2K[:-2]}|/|sources,1.2.3.4:4662|/".replace("|", "%7C"), ED2K),
        ("ed2k://|server|1.2.3.4|4661|/", "ed2k://|server"),
        ("http://t.invalid/announce?ip=1.2.3.4&info_hash=%ab%cd&key=x", "info_hash=%ab%cd"),
        ("http://1.2.3.4:6346/uri-res/N2R?urn:sha1:x", "urn:sha1:x"),
    ],
)
def test_sources_are_dropped(link, kept):
    assert without_sources(link) == kept


@pytest.mark.parametrize("between", [" ", ", ", "\t", "\r", "; ", ""])
def test_links_in_one_line_are_told_apart(between):
    """The second would be lost in the name of the first."""
    first, second = f"{BTIH}&dn=a", "MAGNET:?xt=urn:btih:" + "b" * 40
    assert separated(f"{first}{between}{second}{between}{ED2K}") == [first, second, ED2K]


@pytest.mark.parametrize(
    "line", [BTIH, f"{BTIH}&dn=a b", ED2K, "urn:sha1:x", "two words", f"\ufeff <{BTIH}>"]
)
def test_one_link_is_left_as_it_is(line):
    assert separated(line) == [line.strip("\ufeff <>")]


@pytest.mark.parametrize("begin", ["http://", "ed2k://|", "urn:sha1:", "magnet:?"])
def test_a_megabyte_of_beginnings_ends(begin):
    """With the square of its length it would take an hour."""
    assert list(links_in(begin * (1_000_000 // len(begin)) + f" {BTIH}"))[-1] == BTIH
