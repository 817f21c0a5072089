from __future__ import annotations

import contextlib
import io
import random
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.media.archive_tar import walk_tar

MEMBERS = [
    ("words.txt", b"words " * 5000),
    ("folder/" + "n" * 200, random.Random(1).randbytes(70_000)),
    ("empty", b""),
    ("big", bytes(3 << 20)),
]
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


def packed(members=MEMBERS, format_number: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format_number) as made:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("format_number", FORMATS[1:])
def test_members_are_what_the_standard_library_packed(walked, format_number: int):
    found = walked(walk_tar, packed(format_number=format_number))
    assert found.members == [(name, content, "") for name, content in MEMBERS]
    assert found.remarks == []


@given(st.lists(st.binary(max_size=1500), max_size=6), st.sampled_from(FORMATS))
def test_any_contents(walked, contents: list[bytes], format_number: int):
    members = [(f"é{number}", content) for number, content in enumerate(contents)]
    found = walked(walk_tar, packed(members, format_number))
    assert found.members == [(name, content, "") for name, content in members]
    assert found.remarks == []


@pytest.mark.skipif(shutil.which("tar") is None, reason="needs tar")
def test_sparse_members_and_odd_files_as_gnu_tar_packs_them(walked, tmp_path: Path):
    with Path(tmp_path, "sparse").open("wb") as made:
        made.write(b"start")
        made.seek(1 << 20)
        made.write(b"end")
    Path(tmp_path, "link").symlink_to("sparse")
    Path(tmp_path, "hard").hardlink_to(tmp_path / "sparse")
    Path(tmp_path, "café".encode("latin-1").decode("utf-8", "surrogateescape")).write_bytes(b"x")
    subprocess.run(["mkfifo", "pipe"], cwd=tmp_path, check=True)
    subprocess.run(
        ["tar", "--sparse", "--sort=name", "-cf", "../a.tar", "."], cwd=tmp_path, check=True
    )
    found = walked(walk_tar, Path(tmp_path, "../a.tar").read_bytes())
    by_name = {
        name.removeprefix("./"): (content, reason) for name, content, reason in found.members
    }
    sparse = b"start" + bytes((1 << 20) - 5) + b"end"
    assert by_name.pop("hard", by_name.pop("sparse", None)) == (sparse, "")
    assert by_name == {
        "caf\udce9": (b"x", ""),
        "pipe": (b"", "a named pipe, not a file"),
    }


def test_a_damaged_header_does_not_end_the_walk_silently(walked):
    data = bytearray(packed([("a", b"1"), ("b", b"2"), ("c", b"3")]))
    data[1024 + 148] ^= 0xFF  # checksum of the second header
    found = walked(walk_tar, bytes(data))
    assert found.members == [("a", b"1", ""), ("c", b"3", "")]
    assert found.remarks == ["damaged: read on from the next header that is valid"]


def test_archives_one_behind_another_are_all_walked(walked):
    data = packed([("a", b"1")]) + packed([("b", b"2")])
    assert walked(walk_tar, data).members == [("a", b"1", ""), ("b", b"2", "")]


def test_a_truncated_member_keeps_its_bytes_and_says_so(walked):
    noise = random.Random(3).randbytes(50_000)
    found = walked(walk_tar, packed([("a", b"whole"), ("b", noise)])[:30_000])
    assert found.members[0] == ("a", b"whole", "")
    name, content, reason = found.members[1]
    assert (name, noise.startswith(content)) == ("b", True)
    assert len(content) == 30_000 - 3 * 512
    assert "missing" in reason


def test_an_archive_without_an_end_mark_may_be_cut_off(walked):
    data = packed([("a", b"1"), ("b", b"2")])
    found = walked(walk_tar, data[:1024])
    assert found.members == [("a", b"1", "")]
    assert found.remarks == ["its end mark is missing: members may be, too"]
    assert walked(walk_tar, data[:1100]).remarks == ["damaged: it is cut off in a header"]


def test_a_long_gap_ends_the_walk(walked, monkeypatch):
    monkeypatch.setattr("tidebreak.media.archive_tar._WIDEST_GAP", 20_000)
    data = packed([("a", b"1")]) + bytes(30_000) + packed([("b", b"2")])
    found = walked(walk_tar, data)
    assert found.members == [("a", b"1", "")]
    assert "not examined beyond a gap" in found.remarks[0]


@given(st.binary(max_size=600), st.integers(0, 5000))
def test_any_bytes_are_walked_without_harm(walked, noise: bytes, at: int):
    data = packed([("a", b"12345"), ("b", b"67890" * 300)])
    # The visit turns these into the reason of the archive.
    with contextlib.suppress(tarfile.TarError, ValueError, OSError, EOFError):
        walked(walk_tar, data[:at] + noise + data[at:])
