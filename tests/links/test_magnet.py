"""Magnet links against rhash and libtorrent, and the forms that neither writes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import HYBRID, V1, V2, by_type, content, libtorrent, make, pack, program

from tidebreak.errors import BadLink
from tidebreak.hashing.digests import digest_many
from tidebreak.links import torrent
from tidebreak.links.magnet import read
from tidebreak.links.reference import Kind

SHA1, TTH = "F7KODRT2FUUPZ3MET3Q3W5XHHENZH2YS", "WLM2MITXFTCQXEOYO3M4EL5APES353NQLI66ORY"
SHA1_HEX = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
ROOT = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"
BTIH = f"xt=urn:btih:{SHA1_HEX}"


def test_a_magnet_by_rhash_has_every_identifier_that_the_file_has(tmp_path: Path):
    path = tmp_path / "name.bin"
    path.write_bytes(content("magnet", 300_000))
    link = program("rhash", "--magnet", "-a", str(path)).strip()
    reference = read(link)
    (file,) = reference.files
    own, _ = digest_many([path.read_bytes()])[0]
    values = {signal.type.name: signal.value.hex() for signal in own}
    found = by_type(file.signals)
    assert (file.path, file.size) == ("name.bin", 300_000)
    for name in ("md5", "sha1", "sha256", "tth", "aich", "ed2k"):
        assert set(found[name]) == {values[name]}
    btih = re.search(r"urn:btih:([0-9a-f]{40})", link)
    assert btih is not None
    assert by_type(reference.signals) == {"btih": [btih[1]]}
    assert "an identifier of a kind that is not known here" in reference.notes
    assert reference.reason == ""


@pytest.mark.parametrize("flags", [V1, V2, HYBRID], ids=["v1", "v2", "hybrid"])
def test_a_magnet_by_libtorrent_has_the_infohashes_of_the_torrent(tmp_path: Path, flags):
    data = make(pack(tmp_path), flags)
    link = libtorrent.make_magnet_uri(libtorrent.torrent_info(libtorrent.bdecode(data)))
    whole = by_type(torrent.read(data).signals)
    whole.pop("btkey", None)
    assert by_type(read(link).signals) == whole
    assert read(link).name == "pack"


@given(st.binary(min_size=20, max_size=20), st.booleans(), st.text(max_size=20))
def test_infohashes_are_those_that_libtorrent_reads(infohash: bytes, upper: bool, name: str):
    text = infohash.hex().upper() if upper else infohash.hex()
    link = f"magnet:?xt=urn:btih:{text}&dn={quote(name)}"
    params = libtorrent.parse_magnet_uri(link)
    assert by_type(read(link).signals) == {"btih": [str(params.info_hashes.v1)]}
    assert read(link).name == name


@pytest.mark.parametrize(
    "link",
    [
        f"magnet:?{BTIH}",
        f"MAGNET:?XT=URN:BTIH:{SHA1_HEX.upper()}",
        f"magnet:?xt=urn:btih:{SHA1}",
        f"magnet:?xt=urn:btih:{SHA1.lower()}",
        f"magnet:?xt=urn%3Abtih%3A{SHA1}",
        f"magnet:?%78t=urn:btih:{SHA1}",
        f"magnet:?dn=x&amp;xt=urn:btih:{SHA1}",
        f"magnet:?xt.1=urn:btih:{SHA1}",
        f"magnet://?tr=x&{BTIH}&{BTIH}",
        f"magnet:?xt=urn:btmh:1220{ROOT}&xt=urn:btih:{SHA1}",
    ],
)
def test_an_infohash_is_read_however_it_is_written(link: str):
    assert SHA1_HEX in by_type(read(link).signals)["btih"]
    assert read(link).reason == ""


def test_numbers_tell_files_apart():
    reference = read(
        f"magnet:?xt.1=urn:sha1:{SHA1}&xl.1=10&dn.1=one&xt.2=urn:tree:tiger:{TTH}&xl.2=20&dn.2=two"
    )
    assert [(file.path, file.size) for file in reference.files] == [("one", 10), ("two", 20)]
    assert [by_type(file.signals).keys() & {"sha1", "tth"} for file in reference.files] == [
        {"sha1"},
        {"tth"},
    ]
    assert reference.name == "one"


def test_several_identifiers_of_one_file_stand_together():
    link = f"magnet:?xt=urn:bitprint:{SHA1}.{TTH}&xt=urn:ed2k:{'ab' * 16}&xl=9000000&dn=a+b%2Bc"
    (file,) = read(link).files
    assert by_type(file.signals).keys() == {"sha1", "tth", "ed2k"}
    assert (file.path, file.size) == ("a b+c", 9_000_000)


def test_sources_are_dropped_unless_asked_for_and_search_words_always():
    link = f"magnet:?{BTIH}&tr=udp%3A%2F%2Fone&x.pe=127.0.0.1:1&ws=http://two&as=3&xs=4&kt=words"
    assert read(link).sources == ()
    assert read(link, sources=True).sources == ("udp://one", "127.0.0.1:1", "http://two", "3", "4")
    assert "words" not in repr(read(link, sources=True))


def test_an_address_that_ends_in_a_name_of_the_content_counts():
    for address in (f"http://h/uri-res/N2R?urn:sha1:{SHA1}", f"urn:sha1:{SHA1}",
                    f"http%3A%2F%2Fh%2Furi-res%2FN2R%3Furn%3Asha1%3A{SHA1}"):  # fmt: skip
        for key in ("xs", "as"):
            (file,) = read(f"magnet:?{key}={address}").files
            assert by_type(file.signals)["sha1"] == [SHA1_HEX]
    cid = "bafkreigxvd53gb6xqckgtsu2xsyaqlsprvlfdzdnhtnxmlic2c7tpspfsi"
    (file,) = read(f"magnet:?{BTIH}&ws=https%3A%2F%2Fgateway%2Fipfs%2F{cid}").files
    assert by_type(file.signals)["sha256"] == [ROOT]


def test_the_files_that_it_selects_are_noted():
    assert read(f"magnet:?{BTIH}&so=0,2,6-8").notes == ("it selects files of the torrent: 0,2,6-8",)
    assert "not understood" in read(f"magnet:?{BTIH}&so=%0Ax").notes[0]


def test_a_list_of_further_links_is_a_name_or_not_fully_read():
    (file,) = read(f"magnet:?mt=urn:sha1:{SHA1}").files
    assert file.path.startswith("list")
    reference = read(f"magnet:?{BTIH}&mt=http://127.0.0.1/list")
    assert "nothing is fetched" in reference.reason
    assert reference.signals


def test_unknown_identifiers_are_noted_and_alone_a_reason():
    unknown = "an identifier of a kind that is not known here"
    assert read(f"magnet:?{BTIH}&xt=urn:other:{ROOT}").notes == (unknown,)
    assert read(f"magnet:?{BTIH}&xt=urn:other:{ROOT}").reason == ""
    assert read(f"magnet:?xt=urn:other:{ROOT}").reason == unknown
    assert "public key" in read("magnet:?xs=urn:btpk:" + ROOT).reason


def test_a_public_key_beside_an_infohash_is_a_reason():
    reference = read(f"magnet:?{BTIH}&xt=urn:btpk:{ROOT}")
    assert reference.signals
    assert "public key" in reference.reason


@pytest.mark.parametrize("entity", ["amp;", "#38;", "#x26;", "#038;amp;", "amp;amp;"])
def test_ampersands_of_web_pages_hide_nothing(entity):
    assert read(f"magnet:?dn=x&{entity}{BTIH}").signals == read(f"magnet:?{BTIH}").signals


@pytest.mark.parametrize("link", ["magnet:?", "magnet:?dn=x&tr=y", "magnet:?kt=a+b", "magnet:?xt"])
def test_a_link_that_names_nothing_is_not_read_fully(link: str):
    assert read(link).reason
    assert (read(link).signals, read(link).files) == ((), ())


@pytest.mark.parametrize(
    "value", ["btih:short", f"btih:{SHA1_HEX}0", f"btmh:1120{ROOT}", f"sha1:{TTH}"]
)
def test_a_broken_identifier_is_a_reason_and_the_others_count(value: str):
    reference = read(f"magnet:?xt=urn:{value}&xt=urn:md5:{'ab' * 16}")
    assert reference.reason
    assert value.partition(":")[2] not in reference.reason
    assert [signal.type.name for signal in reference.files[0].signals] == ["md5"]


@pytest.mark.parametrize("size", ["x", "", "-5", "9" * 40, "1_0"])
def test_a_size_that_is_none_is_noted(size: str):
    reference = read(f"magnet:?xt=urn:sha1:{SHA1}&xl={size}")
    assert reference.files[0].size is None
    assert reference.notes


def test_what_is_no_magnet_is_refused():
    with pytest.raises(BadLink, match="magnet"):
        read("magnet:xt=urn:btih:" + SHA1)


KEYS = ["xt", "xt.1", "dn", "xl", "xs", "as", "ws", "so", "mt", "tr", "kt", "x.pe", "%78%74"]
VALUES = [
    f"urn:btih:{SHA1}",
    f"urn:sha1:{SHA1}",
    "urn:",
    "/ipfs/x",
    "urn%3Abtmh%3A1220",
    "%",
    "%zz",
]
PARAMETERS = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES) | st.text(max_size=30))


@given(st.lists(PARAMETERS))
def test_any_parameters_are_read_and_a_miss_is_never_silent(parameters: list[tuple[str, str]]):
    link = "magnet:?" + "&".join(f"{key}={value}" for key, value in parameters)
    reference = read(link, sources=True)
    assert reference.kind is Kind.MAGNET
    assert reference.signals or reference.files or reference.reason


def test_many_identifiers_are_read_in_time_that_grows_with_their_number():
    many = [hashlib.sha1(b"%d" % n).hexdigest() for n in range(20_000)]
    link = "magnet:?" + "&".join(f"xt=urn:btih:{each}&xt=urn:sha1:{each}" for each in many)
    reference = read(link)
    assert by_type(reference.signals)["btih"] == many
