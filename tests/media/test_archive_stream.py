from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile

import pytest

from tidebreak.media.archive_stream import walk_bzip2, walk_gzip, walk_lzma, walk_xz

NOISE = random.Random(1).randbytes(1_500_000)
PACKERS = {
    walk_gzip: gzip.compress,
    walk_bzip2: bz2.compress,
    walk_xz: lzma.compress,
    walk_lzma: lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
}


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("walk", PACKERS)
def test_one_packed_file_is_one_member(walked, walk):
    assert walked(walk, PACKERS[walk](NOISE)).members == [("content", NOISE, "")]


@pytest.mark.parametrize("walk", PACKERS)
def test_a_tar_inside_is_walked_at_once(walked, walk):
    found = walked(walk, PACKERS[walk](_tar({"a": NOISE, "b/c": b"2"})))
    assert found.members == [("a", NOISE, ""), ("b/c", b"2", "")]
    assert found.remarks == []


@pytest.mark.parametrize("walk", [walk_gzip, walk_bzip2, walk_xz])
def test_streams_one_behind_another_are_one(walked, walk):
    pack = PACKERS[walk]
    assert walked(walk, pack(b"one ") + pack(b"two")).members == [("content", b"one two", "")]


@pytest.mark.parametrize("walk", PACKERS)
def test_a_truncated_stream_keeps_what_came_out(walked, walk):
    data = PACKERS[walk](NOISE)
    found = walked(walk, data[: len(data) * 3 // 4])
    ((_, content, reason),) = found.members
    assert NOISE.startswith(content)
    assert len(content) > 200_000
    assert "damaged" in reason
    assert "damaged" in found.remarks[0]


def test_a_truncated_tar_inside_keeps_what_came_out(walked):
    data = gzip.compress(_tar({"a": b"1", "b": NOISE}))
    found = walked(walk_gzip, data[: len(data) // 2])
    assert found.members[0] == ("a", b"1", "")
    assert NOISE.startswith(found.members[1][1])
    assert found.members[1][2]
    assert any("damaged" in remark for remark in found.remarks)


def test_a_member_of_gzip_is_called_what_it_was_called(walked):
    out = io.BytesIO()
    with gzip.GzipFile("holiday.jpg", "wb", fileobj=out) as made:
        made.write(b"x")
    assert walked(walk_gzip, out.getvalue()).members == [("holiday.jpg", b"x", "")]
