from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.links.stores import programs

from tidebreak import links
from tidebreak.errors import BadLink
from tidebreak.links.stores.libtorrent_resume import FILES_ELSEWHERE, looks, read
from tidebreak.links.stores.store import Held, Holding, with_torrent

lt = pytest.importorskip("libtorrent")

KEPT_HASH = "e935ca898222e81f23a4d0466f3f669804a26d8c"


def one(data: bytes) -> Held:
    assert looks(data[: 1 << 16])
    (held,) = read(data).items
    return held


def test_what_a_qbittorrent_once_wrote(kept: Path):
    data = (kept / f"{KEPT_HASH}.fastresume").read_bytes()
    held, store = one(data), read(data)
    assert (store.program, store.version, store.reason) == ("qBittorrent", "libtorrent 2.0.8.0", "")
    assert [s.text for s in held.content.signals] == [KEPT_HASH]
    assert (held.content.name, held.content.reason) == ("shared", FILES_ELSEWHERE)
    assert (held.path, held.holding, held.uploaded) == ("/srv/synthetic", Holding.COMPLETE, 0)
    assert held.first_seen is not None
    assert held.completed is not None
    assert held.completed >= held.first_seen
    assert held.last_shared is None


def test_what_a_qbittorrent_writes_now(tmp_path: Path, shared: Path, torrent: Path):
    programs.need("qbittorrent-nox")
    backup = programs.qbittorrent(tmp_path / "profile", shared, torrent)
    (resume,), (meta,) = backup.glob("*.fastresume"), backup.glob("*.torrent")
    held = one(resume.read_bytes())
    assert [s.text for s in held.content.signals] == [resume.stem]
    assert (held.path, held.holding) == (str(shared.parent), Holding.COMPLETE)
    whole = with_torrent(held, links.read_file(meta.read_bytes()))
    assert {file.path for file in whole.content.files} == programs.SIZES.keys()
    assert whole.completed == held.completed
    assert FILES_ELSEWHERE not in whole.content.reason


FORMS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}


def made(folder: Path, form: str) -> lt.torrent_info:
    """Return a torrent that libtorrent made of two files, 60,000 bytes in pieces of 16 KiB."""
    folder.mkdir()
    for name, size in (("a.bin", 50_000), ("b.bin", 10_000)):
        (folder / name).write_bytes(hashlib.shake_128(name.encode()).digest(size))
    files = lt.list_files(str(folder)) if hasattr(lt, "list_files") else None
    if files is None:
        storage = lt.file_storage()
        lt.add_files(storage, str(folder))
        files = storage
    torrent = lt.create_torrent(files, 1 << 14, FORMS[form])
    lt.set_piece_hashes(torrent, str(folder.parent))
    return lt.torrent_info(lt.bdecode(lt.bencode(torrent.generate())))


@pytest.mark.parametrize("form", FORMS)
def test_what_libtorrent_itself_writes(tmp_path: Path, form: str):
    info = made(tmp_path / "pack", form)
    given = lt.add_torrent_params()
    given.info_hashes = info.info_hashes()
    given.name, given.save_path = "pack", "/srv/pack"
    given.total_uploaded, given.total_downloaded = 123, 456
    given.added_time, given.last_download, given.last_upload = 1000, 2000, 3000
    given.have_pieces = [True, True, False, False] * 2
    held = one(lt.write_resume_data_buf(given))
    both = info.info_hashes()
    wanted = []
    if both.has_v1():
        wanted.append(("btih", both.v1.to_bytes()))
    if both.has_v2():
        wanted += [("btmh", both.v2.to_bytes()), ("btih", both.v2.to_bytes()[:20])]
    assert [(s.type.name, s.value) for s in held.content.signals] == wanted
    assert (held.share, held.holding) == (0.5, Holding.PARTIAL)
    assert (held.uploaded, held.downloaded, held.path) == (123, 456, "/srv/pack")
    assert (held.first_seen, held.last_seen, held.last_shared) == (1000, 3000, 3000)


@pytest.mark.parametrize("pieces", [1, 7, 8, 9, 1000])
def test_a_torrent_that_libtorrent_completed_is_complete(pieces: int):
    given = lt.add_torrent_params()
    given.info_hashes = lt.info_hash_t(lt.sha1_hash(b"a" * 20))
    given.have_pieces = [True] * pieces
    given.completed_time = 2000
    data = lt.write_resume_data_buf(given)
    assert one(data).share == 1.0
    given.have_pieces = [True] * pieces + [False] + [True] * 16
    assert one(lt.write_resume_data_buf(given)).holding is Holding.PARTIAL


@pytest.mark.parametrize(("pieces", "share"), [(b"\1\1\0\3", 0.75), (b"\2\2", 0.0)])
def test_older_versions_have_a_byte_for_every_piece(pieces: bytes, share: float):
    data = {b"file-format": b"libtorrent resume file", b"file-version": 1, b"pieces": pieces,
            b"info-hash": b"a" * 20}  # fmt: skip
    held = one(lt.bencode(data))
    have = lt.read_resume_data(lt.bencode(data)).have_pieces
    assert held.share == share == sum(have) / len(have)


def test_info_that_is_there_too_names_the_files(tmp_path: Path):
    info = made(tmp_path / "pack", "hybrid")
    given = lt.add_torrent_params()
    given.ti = info
    data = lt.write_resume_data_buf(given)
    assert b"4:infod" in data
    held = one(data)
    assert [file.path for file in held.content.files] == ["a.bin", "b.bin"]
    assert all(file.signals for file in held.content.files)
    v1, v2 = info.info_hashes().v1.to_bytes(), info.info_hashes().v2.to_bytes()
    assert {s.value for s in held.content.signals} >= {v1, v2, v2[:20]}
    assert len(set(held.content.signals)) == len(held.content.signals)


def test_trackers_and_peers_are_not_kept(tmp_path: Path):
    given = lt.add_torrent_params()
    given.info_hashes = made(tmp_path / "pack", "v1").info_hashes()
    given.trackers = ["http://tracker.invalid/announce"]
    given.peers = [("192.0.2.7", 6881)]
    data = lt.write_resume_data_buf(given)
    assert b"tracker.invalid" in data
    assert "tracker.invalid" not in repr(read(data))
    assert "192.0.2.7" not in repr(read(data))


def test_one_that_is_cut_off_says_so(kept: Path):
    data = (kept / f"{KEPT_HASH}.fastresume").read_bytes()
    store = read(data[:-100])
    assert store.reason.startswith("damaged")
    assert store.items[0].content.signals[0].text == KEPT_HASH


@pytest.mark.parametrize("data", [b"", b"de", b"le", b"d11:file-format5:othere", b"nothing"])
def test_what_is_none_is_refused(data: bytes):
    assert not looks(data)
    with pytest.raises(BadLink):
        read(data)
