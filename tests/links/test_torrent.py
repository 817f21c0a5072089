"""Torrents against libtorrent, mktorrent and transmission; then broken ones."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.links.torrents import (
    HYBRID,
    SIZES,
    V1,
    V2,
    by_type,
    content,
    libtorrent,
    make,
    pack,
    program,
    read_or_refused,
)

from tidebreak.errors import BadLink
from tidebreak.links.torrent import read


def infohashes(data: bytes) -> tuple[str, str]:
    found = libtorrent.torrent_info(libtorrent.bdecode(data)).info_hashes()
    return str(found.v1), str(found.v2)


@pytest.mark.parametrize("flags", [V1, V2, HYBRID], ids=["v1", "v2", "hybrid"])
@pytest.mark.parametrize("piece_length", [1 << 14, 1 << 16])
def test_infohashes_and_files_are_libtorrent_s(tmp_path: Path, flags, piece_length: int):
    data = make(pack(tmp_path), flags, piece_length)
    reference = read(data)
    one, two = infohashes(data)
    found = by_type(reference.signals)
    expected = [one] * (flags != V2) + [two[:40]] * (flags != V1)
    assert found["btih"] == expected
    assert found.get("btmh", []) == [two] * (flags != V1)
    assert len(found.get("btkey", [])) == (flags != V2)
    assert {file.path: file.size for file in reference.files} == SIZES
    assert (reference.name, reference.reason, reference.notes) == ("pack", "", ())


def test_a_hybrid_says_of_each_file_what_either_half_says(tmp_path: Path):
    reference = read(make(pack(tmp_path), HYBRID))
    for file in reference.files:
        if not file.size:
            assert file.silent
            continue
        assert "btv2" in by_type(file.signals)
        assert file.alignment is not None  # libtorrent pads, so every file begins a piece
        assert not file.silent


def test_a_file_of_one_piece_has_its_sha1_and_a_small_one_its_sha256(tmp_path: Path):
    files = {file.path: by_type(file.signals) for file in read(make(pack(tmp_path), HYBRID)).files}
    data = content("c", SIZES["c"])
    assert files["c"]["sha1"] == [hashlib.sha1(data).hexdigest()]
    assert files["c"]["sha256"] == [hashlib.sha256(data).hexdigest()]
    assert "sha256" not in files["b"]


def test_the_content_key_does_not_heed_names(tmp_path: Path):
    def key(name: str, piece_length: int = 1 << 14) -> str:
        path = tmp_path / name
        path.write_bytes(content("same", 50_000))
        return by_type(read(make(path, V1, piece_length)).signals)["btkey"][0]

    assert key("one") == key("two")
    assert key("one") != key("one", 1 << 15)


@pytest.mark.parametrize("target", ["pack", "pack/b"])
def test_what_mktorrent_makes_is_what_transmission_shows(tmp_path: Path, target: str):
    pack(tmp_path)
    out = str(tmp_path / "out.torrent")
    where = "http://127.0.0.1/announce"
    program("mktorrent", "-l", "15", "-a", where, "-o", out, str(tmp_path / target))
    reference = read(Path(out).read_bytes(), sources=True)
    shown = re.search(r"Hash: ([0-9a-f]{40})", program("transmission-show", out))
    assert shown is not None
    assert by_type(reference.signals)["btih"] == [shown[1]]
    assert reference.sources == (where,)
    names = {file.path: file.size for file in reference.files}
    assert names == (SIZES if target == "pack" else {"b": SIZES["b"]})


def test_a_single_file_made_by_transmission_has_its_sha1_where_it_is_one_piece(tmp_path: Path):
    path = pack(tmp_path) / "b"
    out = tmp_path / "out.torrent"
    program("transmission-create", "-o", str(out), "-s", "64", str(path))
    (file,) = read(out.read_bytes()).files
    assert by_type(file.signals)["sha1"] == [hashlib.sha1(path.read_bytes()).hexdigest()]


def test_info_alone_as_peers_pass_it_on_is_the_same_torrent(tmp_path: Path):
    data = make(pack(tmp_path), HYBRID)
    info = libtorrent.torrent_info(libtorrent.bdecode(data)).info_section()
    assert read(info).signals == read(data).signals
    assert read(info).files == read(data).files


def test_info_alone_ends_where_it_ends(tmp_path: Path):
    info = bencoded(INFO)
    assert read(info + b"\n").signals == read(info).signals


def test_what_may_be_a_torrent_or_the_info_of_one_is_read_as_both():
    """Peers pass on what stands in `info` alone, and a key called so may hide in it."""
    inside = {**INFO, b"name": b"harmless"}
    both = read(bencoded({**INFO, b"info": inside}))
    assert set(read(bencoded(inside)).signals) < set(both.signals)
    assert hashlib.sha1(bencoded({**INFO, b"info": inside})).digest() in {
        signal.value for signal in both.signals
    }
    assert "info of another" in both.reason


def test_sources_are_dropped_unless_asked_for():
    data = libtorrent.bencode({
        b"announce": b"udp://one", b"announce-list": [[b"udp://two"], [b"udp://three"]],
        b"nodes": [[b"four", 5]], b"url-list": b"http://six", b"info": INFO,
    })  # fmt: skip
    assert read(data).sources == ()
    expected = ("udp://one", "udp://two", "udp://three", "four", "http://six")
    assert read(data, sources=True).sources == expected


INFO = {
    b"length": 5,
    b"name": b"x",
    b"piece length": 16_384,
    b"pieces": hashlib.sha1(b"hello").digest(),
}


def bencoded(value: object) -> bytes:
    return libtorrent.bencode(value)


def test_unsorted_keys_and_trailing_bytes_are_noted_and_the_bytes_as_found_count():
    info = b"d6:lengthi5e12:piece lengthi16384e4:name1:x6:pieces20:" + INFO[b"pieces"] + b"e"
    data = b"d4:info" + info + b"e\n"
    reference = read(data)
    assert by_type(reference.signals)["btih"] == [hashlib.sha1(info).hexdigest()]
    assert set(reference.notes) == {"keys are out of order", "bytes follow the end"}
    assert reference.reason == ""


def test_two_infos_are_both_read_and_that_is_said():
    first, second = bencoded(INFO), bencoded(INFO | {b"name": b"y"})
    reference = read(b"d4:info" + first + b"4:info" + second + b"e")
    expected = [hashlib.sha1(raw).hexdigest() for raw in (first, second)]
    assert by_type(reference.signals)["btih"] == expected
    assert reference.reason == "a key occurs twice"


def test_a_key_twice_inside_info_is_read_both_ways():
    other = hashlib.sha1(b"olleh").digest()
    raw = bencoded(INFO)
    raw = raw[:-1] + b"6:pieces20:" + other + b"e"
    reference = read(b"d4:info" + raw + b"e")
    digests = [digest for file in reference.files for digest in by_type(file.signals)["sha1"]]
    assert digests == [INFO[b"pieces"].hex(), other.hex()]
    assert by_type(reference.signals)["btih"] == [hashlib.sha1(raw).hexdigest()]
    assert reference.reason == "a key occurs twice"


def test_a_torrent_cut_off_behind_its_info_is_read_with_a_reason(tmp_path: Path):
    data = make(pack(tmp_path), HYBRID)
    cut = data[: data.index(b"piece layers") + 40]
    whole, part = read(data), read(cut)
    assert part.signals == whole.signals
    assert part.files == whole.files
    assert "cut off" in part.reason


def test_a_torrent_cut_off_inside_its_info_gives_the_roots_it_has(tmp_path: Path):
    data = make(pack(tmp_path), V2)
    cut = read(data[: data.index(b"4:name")])
    assert cut.signals == ()
    assert [f.signals for f in cut.files] == [f.signals for f in read(data).files]
    assert "cut off" in cut.reason


def test_halves_that_disagree_are_both_read_and_noted(tmp_path: Path):
    value = libtorrent.bdecode(make(pack(tmp_path), HYBRID))
    value[b"info"][b"files"][0][b"path"] = [b"another"]
    reference = read(bencoded(value))
    assert len(reference.files) == 2 * len(SIZES)
    assert "halves disagree" in reference.notes[0]


@pytest.mark.parametrize("data", [b"de", b"d4:infoi1ee", b"le", b"i5e", b"d4:inf", b"d3:abci1ee"])
def test_what_has_no_info_is_no_torrent(data: bytes):
    with pytest.raises(BadLink, match="no torrent"):
        read(data)


@given(st.data())
def test_a_torrent_changed_anywhere_is_read_or_refused(data):
    raw = bytearray(
        bencoded(
            {
                b"info": INFO
                | {
                    b"file tree": {
                        b"x": {
                            b"": {b"length": 5, b"pieces root": hashlib.sha256(b"hello").digest()}
                        }
                    },
                    b"meta version": 2,
                }
            }
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        reference = read(bytes(raw))
    except BadLink:
        return
    # What has kept its span has its infohash, whatever else is wrong.
    assert reference.signals or reference.reason


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(data: bytes, wrapped: bool):
    with read_or_refused():
        read(b"d4:info" + data + b"e" if wrapped else data)
