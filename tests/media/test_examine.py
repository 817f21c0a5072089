from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import skimage
from PIL import Image
from tests.media.moving import encode, wander

from tidebreak.hashing.frames import FrameSequence
from tidebreak.media import examine as module
from tidebreak.media.examine import Examiner, Given, examine
from tidebreak.model import Examination
from tidebreak.settings import Limits, Settings

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
STORES = Path(__file__).parent.parent / "data" / "stores"
NOISE = random.Random(1).randbytes(50_000)


def examined(data: bytes, settings: Settings | None = None) -> dict[str, Examination]:
    """Return the examinations of a file with this content by member; its own comes last."""
    fd = os.memfd_create("test")
    try:
        os.write(fd, data)
        found = list(examine(fd, len(data), False, settings or Settings()))
    finally:
        os.close(fd)
    assert found[-1].member == ""
    assert len({item.member for item in found}) == len(found)
    return {item.member: item for item in found}


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def photograph() -> bytes:
    return (PHOTOGRAPHS / "rocket.jpg").read_bytes()


def limited(**limits: float) -> Settings:
    return Settings(limits=replace(Limits(), **limits))


def _sha256(found: Examination) -> bytes | None:
    signal = found.signal("sha256")
    return signal and signal.value


@pytest.mark.parametrize("size", [0, 1, 1000, 262_144, 262_145, 5_000_000])
def test_any_file_gets_its_digests(size: int):
    data = random.Random(size).randbytes(size)
    found = examined(data)[""]
    assert found.size == size
    assert _sha256(found) == hashlib.sha256(data).digest()
    assert found.signal("md5").value == hashlib.md5(data).digest()
    # An empty file has no BitTorrent root (BEP 52).
    assert len(found.signals) == (12 if size else 11)
    assert found.reason == ""


def test_an_empty_file_is_trivial_and_says_so():
    found = examined(b"")[""]
    assert (found.trivial, found.note, found.reason) == (True, "empty", "")
    assert examined(bytes(1000))[""].trivial
    assert not examined(NOISE)[""].trivial


def test_a_picture_gets_a_near_hash():
    found = examined(photograph())[""]
    assert found.content == "image/jpeg"
    assert found.signal("pdq").quality == 100
    assert found.preproc
    assert _sha256(found) == hashlib.sha256(photograph()).digest()


def test_a_large_picture_gets_one_too():
    picture = photograph() + bytes(400_000)
    assert examined(picture)[""].signal("pdq") == examined(photograph())[""].signal("pdq")


def test_a_picture_beyond_the_limit_keeps_its_digests():
    picture = photograph() + bytes(400_000)
    found = examined(picture, limited(picture_bytes=300_000))[""]
    assert "larger than 300,000 bytes" in found.reason
    assert found.signal("pdq") is None
    assert _sha256(found) == hashlib.sha256(picture).digest()


def test_what_is_not_looked_into_says_so():
    found = examined(b"8BPS\0\1" + NOISE)[""]
    assert found.reason == "Photoshop file: compared by exact signals only"
    assert _sha256(found)


def test_a_video_gets_the_hashes_of_its_frames_wherever_it_is():
    clip = encode(wander(1, 10))
    found = examined(clip)[""]
    assert len(FrameSequence.unpack(found.sequence)) > 5
    assert (found.content, found.reason, found.duration_ms) == ("video/mp4", "", 400)
    assert _sha256(found) == hashlib.sha256(clip).digest()
    assert examined(packed(("a.mp4", clip)))["a.mp4"] == replace(found, member="a.mp4")
    # A zip archive at its end takes nothing from a video.
    both = examined(clip + packed(("words.txt", b"words")))
    assert both[""].sequence == found.sequence
    assert both["words.txt"].content == "text/plain"


def test_a_video_too_large_to_be_held_in_an_archive_says_so():
    clip = encode(wander(1, 10)) + bytes(300_000)
    found = examined(packed(("a.mp4", clip)), limited(nested_bytes=260_000))["a.mp4"]
    assert found.reason.startswith("video inside an archive, larger than 260,000 bytes")
    assert _sha256(found) == hashlib.sha256(clip).digest()


def test_a_damaged_video_keeps_its_digests():
    clip = encode(wander(1, 10))[:3000]
    found = examined(clip)[""]
    assert found.reason.startswith("the video cannot be opened")
    assert _sha256(found) == hashlib.sha256(clip).digest()


def test_members_are_examined_like_files():
    found = examined(packed(("a/rocket.jpg", photograph()), ("words.txt", b"words"), ("no", b"")))
    assert list(found) == ["words.txt", "no", "a/rocket.jpg", ""]
    assert found["a/rocket.jpg"] == replace(examined(photograph())[""], member="a/rocket.jpg")
    assert found["words.txt"].content == "text/plain"
    assert found["no"].trivial
    assert found[""].reason == ""
    assert len(found[""].signals) == 12


def test_members_that_are_large_pass_in_pieces():
    content = random.Random(5).randbytes(9_000_000)
    found = examined(packed(("big", content), ("big.jpg", photograph() + bytes(300_000))))
    assert _sha256(found["big"]) == hashlib.sha256(content).digest()
    assert found["big.jpg"].signal("pdq")


@pytest.mark.parametrize("size", [3_000, 400_000])
def test_an_archive_behind_a_picture_or_a_program_is_opened(size: int):
    archive = packed(("in.jpg", photograph()))
    picture = photograph() + bytes(max(0, size - len(photograph()))) + archive
    for data, kind in ((picture, "image/jpeg"), (b"MZ" + bytes(size) + archive, "executable")):
        found = examined(data)
        assert found["in.jpg"].signal("pdq") is not None
        assert kind in found[""].content
        assert "zip archive" in found[""].note
        assert (found[""].signal("pdq") is not None) == (kind == "image/jpeg")
        inside = examined(packed(("outer", data)))
        assert ("outer!/in.jpg" in inside) == (kind == "image/jpeg" or size < 100_000)


def test_archives_in_archives():
    inner = packed(("b.png", photograph()))
    found = examined(packed(("in/a.zip", inner)))
    assert list(found) == ["in/a.zip!/b.png", "in/a.zip", ""]
    assert found["in/a.zip!/b.png"].signal("pdq")
    assert _sha256(found["in/a.zip"]) == hashlib.sha256(inner).digest()


def test_archives_in_too_many_archives_are_a_reason():
    data = packed(("words", b"words"))
    for name in ("4.zip", "3.zip", "2.zip", "1.zip"):
        data = packed((name, data))
    found = examined(data)
    assert "1.zip!/2.zip!/3.zip!/4.zip" not in found
    assert found["1.zip!/2.zip!/3.zip"].reason == (
        "archive inside 3 archives: its members were not examined"
    )
    assert _sha256(found["1.zip!/2.zip!/3.zip"])


def test_an_inner_archive_that_is_too_large_is_a_reason():
    inner = packed(("noise", random.Random(1).randbytes(700_000)))
    found = examined(packed(("a.zip", inner)), limited(nested_bytes=500_000))
    assert "larger than 500,000 bytes" in found["a.zip"].reason
    assert _sha256(found["a.zip"]) == hashlib.sha256(inner).digest()


def test_tar_inside_gzip_inside_zip():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        entry = tarfile.TarInfo("x/y.jpg")
        entry.size = len(photograph())
        made.addfile(entry, io.BytesIO(photograph()))
    found = examined(packed(("a.tgz", out.getvalue())))
    assert list(found) == ["a.tgz!/x/y.jpg", "a.tgz", ""]
    assert found["a.tgz!/x/y.jpg"].signal("pdq")


def test_a_bomb_is_a_result_of_the_archive_and_the_rest_of_the_batch_goes_on():
    bomb = packed(("first", b"harmless"), ("zeros", bytes(100 << 20)), ("after", b"x"))
    found = examined(bomb)
    assert "as a bomb does" in found[""].reason
    assert found["first"].reason == ""
    assert "limit" in found["zeros"].reason
    assert "after" not in found


def test_a_bomb_inside_ends_only_its_own_walk():
    bomb = packed(("zeros", bytes(100 << 20)))
    noise = random.Random(7).randbytes(2 << 20)
    found = examined(packed(("bomb.zip", bomb), ("noise", noise)))
    assert "as a bomb does" in found["bomb.zip"].reason
    assert found["noise"].reason == ""
    assert found[""].reason == ""


def test_overlapping_members_do_not_get_round_the_limit():
    """Members that share one packed kernel, after David Fifield's zip bomb (WOOT 2019)."""
    found = examined(_overlapping_bomb(members=40, size=8 << 20))
    assert "as a bomb does" in found[""].reason
    assert sum(item.size for name, item in found.items() if name) <= 65 << 20


def _overlapping_bomb(members: int, size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    kernel = packer.compress(bytes(size)) + packer.flush()
    crc = zlib.crc32(bytes(size))
    fields = (20, 0, 8, 0, 0, crc, len(kernel), size, 1, 0)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + b"a" + kernel
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *fields, 0, 0, 0, 0, 0) + b"%c" % (65 + n)
        for n in range(members)
    )
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, members, members, len(central), len(local), 0
    )
    return local + central + end


def test_too_many_members_and_too_many_bytes_are_reasons():
    data = packed(*((str(number), b"%d" % number) for number in range(10)))
    found = examined(data, limited(archive_members=4))
    assert "more than 4 members" in found[""].reason
    assert len(found) == 5
    found = examined(packed(("a", NOISE), ("b", NOISE)), limited(archive_bytes=60_000))
    assert "more than 60,000 bytes" in found[""].reason
    assert found["a"].reason == ""
    assert found["b"].reason


def test_the_clock_ends_a_walk():
    found = examined(packed(("a", NOISE)), limited(archive_seconds=0.0))
    assert "its walk took more than 0 s" in found[""].reason
    assert len(found[""].signals) == 12


def test_damage_is_a_reason_and_keeps_what_was_read():
    data = gzip.compress(photograph())
    found = examined(data[:-3000])
    assert "damaged" in found[""].reason
    assert "damaged" in found["content"].reason
    assert found["content"].signal("pdq") is not None


def test_names_that_are_no_paths_are_kept_as_text():
    found = examined(packed(("../../etc/x", b"1"), ("/abs", b"2"), ("a\x1b[2J", b"3")))
    assert {"../../etc/x", "/abs", "a\x1b[2J"} <= set(found)


@pytest.mark.parametrize(("declared", "words"), [(60_000, "it ended after"), (40_000, "it grew")])
def test_a_file_that_changes_meanwhile_says_so(tmp_path: Path, declared: int, words: str):
    path = tmp_path / "a"
    path.write_bytes(NOISE)
    with path.open("rb") as file:
        (found,) = examine(file.fileno(), declared, False, Settings())
    assert words in found.reason
    assert found.size == min(declared, 50_000)
    assert _sha256(found) == hashlib.sha256(NOISE[:declared]).digest()


def test_a_file_that_cannot_be_read_to_its_end_says_so(monkeypatch):
    def failing(fd: int, size: int, most: int) -> Iterator[bytes]:
        yield NOISE
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module, "chunks", failing)
    (found,) = examine(0, 60_000, False, Settings())
    assert found.reason == "could be read only up to byte 50,000 (Input/output error)"
    assert _sha256(found) == hashlib.sha256(NOISE).digest()


def test_a_decoder_without_memory_costs_only_the_near_hash(monkeypatch):
    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "hash_image", failing)
    found = examined(photograph())[""]
    assert found.reason == "the examining process ran out of memory"
    assert _sha256(found) == hashlib.sha256(photograph()).digest()


class Diary:
    """A report that writes down what it is told, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[object, ...]] = []

    def working(self, token: int) -> None:
        self.lines.append(("working", token))

    def beat(self) -> None: ...

    def draft(self, token: int, found: Examination) -> None:
        self.lines.append(("draft", token, found.member, len(found.signals)))

    def result(self, token: int, found: Examination, *, last: bool) -> None:
        self.lines.append(("result", token, found.member, len(found.signals), last))


def _diary(tmp_path: Path, *contents: bytes) -> list[tuple[object, ...]]:
    diary, files = Diary(), list[Given]()
    for token, content in enumerate(contents, 1):
        Path(tmp_path, str(token)).write_bytes(content)
        fd = os.open(tmp_path / str(token), os.O_RDONLY)
        files.append(Given(token, fd, len(content)))
    Examiner(Settings(), diary).examine(files)
    for file in files:
        os.close(file.fd)
    return diary.lines


def test_before_anything_risky_stands_a_draft_with_the_culprit_named(tmp_path: Path):
    lines = _diary(tmp_path, photograph(), packed(("a", b"1")), b"words")
    risky = lines.index(("result", 1, "", 13, True))
    assert ("draft", 1, "", 12) in lines[:risky]
    assert [line for line in lines[:risky] if line[0] == "working"][-1] == ("working", 1)
    walk = lines.index(("result", 2, "a", 12, False))
    assert ("draft", 2, "", 12) in lines[:walk]
    assert [line for line in lines[:walk] if line[0] == "working"][-1] == ("working", 2)


def test_every_file_of_a_batch_ends_in_one_last_result(tmp_path: Path):
    contents = [
        photograph(),
        b"",
        packed(("a", b"1")),
        NOISE,
        bytes(9 << 20),
        b"PK\x03\x04",
        b"%PDF",
    ]
    lines = _diary(tmp_path, *contents)
    last = [line[1] for line in lines if line[0] == "result" and line[4]]
    assert sorted(last) == list(range(1, len(contents) + 1))


def test_a_file_that_only_begins_like_an_archive_is_a_result():
    for data in (b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"BZh9", b"\xfd7zXZ\0"):
        found = examined(data)[""]
        assert found.reason, data
        assert _sha256(found) == hashlib.sha256(data).digest()


def test_transparent_and_damaged_pictures_are_results():
    out = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    assert examined(out.getvalue())[""].content == "image/png"
    assert examined(photograph()[:500])[""].reason


def test_what_a_client_store_names_are_members_and_it_comes_last():
    data = (STORES / "known.met").read_bytes()
    found = examined(data)
    assert found.keys() == {"small note.txt", "two blocks.bin", "brücke.dat", ""}
    assert _sha256(found[""]) == hashlib.sha256(data).digest()
    assert found[""].note == "known.met of eMule or aMule; it names 3 contents"
    assert [s.type.name for s in found["brücke.dat"].signals] == ["ed2k", "aich"]


def test_a_torrent_in_an_archive_is_read_there():
    found = examined(packed(("t.torrent", (STORES / "shared.torrent").read_bytes())))
    whole = found["t.torrent!/(torrent as a whole) shared"]
    assert whole.signal("btih") is not None
    assert "gives no hash" in whole.reason
    assert found["t.torrent"].content == "application/x-bittorrent"


def test_a_torrent_that_is_too_large_says_so():
    data = b"d8:announce" + bytes(300_000)
    found = examined(data, limited(nested_bytes=1000))
    assert found.keys() == {""}
    assert "what it names was not read" in found[""].reason
    assert "torrent that cannot be read" in examined(data)[""].reason


def test_names_in_an_archive_count_as_its_members():
    data = packed(("a.met", (STORES / "known.met").read_bytes()), ("b.txt", b"text"))
    found = examined(data, limited(archive_members=3))
    assert len(found) == 4
    assert sum(name.startswith("a.met!/") for name in found) == 2
    assert "more than 3 members" in found["a.met"].reason
    assert "more than 3 members" in found[""].reason
