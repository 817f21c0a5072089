"""The version 1 half: pieces of packs against the files themselves, and broken descriptions."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from tests.links.torrents import HYBRID, SIZES, V1, content, libtorrent, make, pack, program

from tidebreak.links.alignment import aligned
from tidebreak.links.torrent_parts import EMPTY
from tidebreak.links.torrent_v1 import read

P = 16_384


def info_of(torrent: bytes) -> dict[bytes, object]:
    return libtorrent.bdecode(torrent)[b"info"]


def by_mktorrent(folder: Path) -> bytes:
    out = folder / "out.torrent"
    where = "http://127.0.0.1/announce"
    program("mktorrent", "-l", "15", "-a", where, "-o", str(out), str(pack(folder)))
    return out.read_bytes()


def by_libtorrent(folder: Path) -> bytes:
    return make(pack(folder), V1)


def hybrid(folder: Path) -> bytes:
    return make(pack(folder), HYBRID)


def by_transmission(folder: Path) -> bytes:
    out = folder / "out.torrent"
    program("transmission-create", "-o", str(out), "-s", "16", str(pack(folder)))
    return out.read_bytes()


@pytest.mark.parametrize("maker", [by_mktorrent, by_libtorrent, by_transmission, hybrid])
def test_every_question_is_answered_yes_by_the_file_and_no_by_another(tmp_path: Path, maker):
    files = read(info_of(maker(tmp_path))).files
    assert {file.path for file in files} | {"empty"} == set(SIZES)
    asked = [file for file in files if file.alignment is not None]
    assert asked
    for file in asked:
        data = content(file.path, SIZES[file.path])
        assert aligned(io.BytesIO(data), file.alignment)
        assert not aligned(io.BytesIO(bytes(len(data))), file.alignment)
    # A file of two pieces always holds a whole one; those without say why.
    assert "sub/d" in {file.path for file in asked}
    assert all(file.silent for file in files if file.alignment is None)


def pack_info(*files: dict[bytes, object], data: bytes, **more: object) -> dict[bytes, object]:
    steps = range(0, len(data), P)
    pieces = b"".join(hashlib.sha1(data[at : at + P]).digest() for at in steps)
    return {b"files": list(files), b"piece length": P, b"pieces": pieces, b"name": b"n"} | {
        key.encode(): value for key, value in more.items()
    }


def entry(path: str, length: object, **more: object) -> dict[bytes, object]:
    return {b"path": [path.encode()], b"length": length} | {
        key.encode(): value for key, value in more.items()
    }


ONE = content("one", 5_000)


@pytest.mark.parametrize(
    "padding",
    [
        [entry("0", P - 5_000, attr=b"p")],
        [entry("_____padding_file_0_if you see this", P - 5_000)],
        [entry("0", 10, attr=b"p"), entry("1", P - 5_010, attr=b"xp")],
    ],
)
def test_a_padded_file_is_asked_for_whole_whatever_its_padding_is_called(padding):
    data = ONE + bytes(P - 5_000) + ONE
    one, two = read(pack_info(entry("a", 5_000), *padding, entry("b", 5_000), data=data)).files
    assert (one.path, two.path) == ("a", "b")
    for file in (one, two):
        assert file.alignment is not None
        assert aligned(io.BytesIO(ONE), file.alignment)
    # The last piece ends where the file does: that is the SHA-1 of the file.
    assert [s.value for s in two.signals] == [hashlib.sha1(ONE).digest()]
    assert one.signals == ()


def test_padding_that_is_longer_than_a_piece_may_be_a_file_and_is_shown():
    data = content("hidden", 3 * P)
    (file,) = read(pack_info(entry("x", 3 * P, attr=b"p"), data=data)).files
    assert file.alignment is not None
    assert aligned(io.BytesIO(data), file.alignment)


def test_hints_are_kept_apart_from_what_binds():
    sha1 = hashlib.sha1(ONE).digest()
    files = read(pack_info(entry("a", 5_000, sha1=sha1), entry("b", 40_000), data=bytes(45_000)))
    assert [signal.value for signal in files.files[0].hints] == [sha1]
    assert files.files[0].signals == ()
    assert "shorter" in files.files[0].silent


def test_an_empty_file_is_silent_and_an_empty_torrent_has_no_key():
    half = read(pack_info(entry("a", 0), data=b""))
    assert half.files[0].silent == EMPTY
    assert half.signals == ()


@pytest.mark.parametrize(
    "info",
    [
        pack_info(entry("a", 5_000), data=bytes(50_000)),
        pack_info(entry("a", 50_000), data=bytes(5_000)),
        pack_info(entry("a", -1), data=bytes(5_000)),
        pack_info(entry("a", b"5000"), data=bytes(5_000)),
        pack_info(entry("a", 5_000), data=bytes(5_000)) | {b"piece length": 0},
        pack_info(entry("a", 5_000), data=bytes(5_000)) | {b"piece length": 1 << 63},
        pack_info(entry("a", 5_000), data=bytes(5_000)) | {b"pieces": 5},
        pack_info(entry("a", 1 << 62), entry("b", 1 << 62), data=b"") | {b"piece length": 1 << 62},
        {b"files": [b"no"], b"piece length": P, b"pieces": b""},
        {b"length": 5, b"root hash": bytes(20), b"piece length": P},  # a Merkle torrent (BEP 30)
        {},
    ],
)
def test_pieces_that_do_not_fit_are_a_reason_and_no_file_is_lost(info):
    half = read(info)
    assert "the pieces do not fit the lengths of the files" in half.faults
    assert half.signals == ()
    assert len(half.files) == len(info.get(b"files", [0]))
    assert all(file.silent and file.alignment is None for file in half.files)


def test_files_that_are_not_described_properly_are_counted():
    half = read(pack_info(entry("a", 5_000), {b"length": 0}, data=ONE))
    assert half.faults == ("1 of its 2 files are not described properly",)
    both = read(pack_info(entry("a", 5_000), data=ONE, length=5_000))
    assert "both one length and a list" in both.faults[0]
