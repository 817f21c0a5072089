from __future__ import annotations

import contextlib
import io
import random
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.media.archive_zip import ends_like_zip, walk_zip

MEMBERS = [
    ("words.txt", b"words " * 5000),
    ("folder/noise", random.Random(1).randbytes(70_000)),
    ("empty", b""),
    ("big", bytes(3 << 20)),
]


def packed(members=MEMBERS, method: int = zipfile.ZIP_DEFLATED, *, streamed: bool = False) -> bytes:
    out = io.BytesIO()
    target = _OneWay(out) if streamed else out
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


class _OneWay(io.RawIOBase):
    """Cannot be rewound, so sizes follow their members (data descriptors)."""

    def __init__(self, inner: io.BytesIO) -> None:
        self._inner = inner

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        return self._inner.write(data)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
@pytest.mark.parametrize("streamed", [False, True])
def test_members_are_what_the_standard_library_packed(walked, method: int, streamed: bool):
    found = walked(walk_zip, packed(method=method, streamed=streamed))
    assert found.members == [(name, content, "") for name, content in MEMBERS]
    assert found.remarks == []


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1,
                          max_size=20).filter(lambda n: not n.endswith("/")),
                  st.binary(max_size=200)),
        max_size=6,
        unique_by=lambda row: row[0],
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)  # fmt: skip
def test_any_members(walked, members: list[tuple[str, bytes]], method: int):
    data = packed(members, method)
    with zipfile.ZipFile(io.BytesIO(data)) as known:
        expected = [(info.filename, known.read(info), "") for info in known.infolist()]
    assert walked(walk_zip, data).members == expected


def test_zip64_and_something_put_before_and_behind(walked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made, made.open("a", "w", force_zip64=True) as member:
        member.write(b"content")
    for data in (out.getvalue(), b"#!/bin/sh\n" * 50 + out.getvalue(), out.getvalue() + b"junk"):
        assert walked(walk_zip, data).members == [("a", b"content", "")]


def test_more_members_than_16_bits_count(walked):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(65_600):
            made.writestr(zipfile.ZipInfo(str(number)), b"")
    found = walked(walk_zip, out.getvalue())
    assert len(found.members) == 65_600
    assert found.remarks == []


@pytest.mark.skipif(shutil.which("zip") is None, reason="needs Info-ZIP")
def test_encrypted_members_are_results(walked, tmp_path: Path):
    Path(tmp_path, "a.txt").write_bytes(b"secret")
    subprocess.run(["zip", "-q", "-P", "word", "a.zip", "a.txt"], cwd=tmp_path, check=True)
    found = walked(walk_zip, Path(tmp_path, "a.zip").read_bytes())
    assert found.members == [("a.txt", b"", "encrypted: it could not be examined")]


def test_a_member_marked_as_encrypted_is_a_result(walked):
    data = bytearray(packed([("a", b"b"), ("c", b"d")]))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"PK\x01\x02"))
    data[at + 8] |= 1
    found = walked(walk_zip, bytes(data))
    assert found.members == [("a", b"", "encrypted: it could not be examined"), ("c", b"d", "")]


def test_names_in_old_code_pages_and_in_none(walked):
    plain = packed([("caf_.txt", b"x"), ("zz_", b"y")])
    utf8 = plain.replace(b"caf_.txt", "café.t".encode() + b"t")
    assert walked(walk_zip, utf8).members[0][0] == "café.tt"
    cp437 = plain.replace(b"caf_.txt", b"caf\x82.txt")
    assert walked(walk_zip, cp437).members[0][0] == "café.txt"
    broken = bytearray(plain.replace(b"zz_", b"zz\xff"))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = broken.rfind(mark)
        broken[at + offset + 1] |= 0x08  # says that it is UTF-8
    assert walked(walk_zip, bytes(broken)).members[1][0] == "zz\udcff"


def test_a_damaged_member_costs_only_itself_and_keeps_its_bytes(walked):
    data = packed([("a", b"1" * 100), ("b", b"2" * 100), ("c", b"3" * 100)], zipfile.ZIP_STORED)
    found = walked(walk_zip, data.replace(b"2" * 100, b"2" * 50 + b"x" * 50))
    assert [reason for _, _, reason in found.members] == ["", "damaged: its checksum is wrong", ""]
    assert found.members[1][1] == b"2" * 50 + b"x" * 50


def test_damaged_deflate_costs_only_its_member(walked):
    noise = random.Random(2).randbytes(300)
    data = packed([("a", b"1" * 100), ("b", noise), ("c", b"3" * 100)])
    at = data.find(noise[100:150])
    if at < 0:  # packed tighter than stored
        at = data.find(b"PK\x03\x04", 10) + 40
    found = walked(walk_zip, data[:at] + b"\xff" * 40 + data[at + 40 :])
    assert [bool(reason) for _, _, reason in found.members] == [False, True, False]


def test_without_a_directory_members_are_salvaged(walked):
    for streamed in (False, True):
        data = packed(streamed=streamed)
        found = walked(walk_zip, data[: data.find(b"PK\x01\x02")])
        assert found.members == [(name, content, "") for name, content in MEMBERS]
        assert any("directory is missing" in remark for remark in found.remarks)


def test_of_a_truncated_archive_as_much_as_possible_is_salvaged(walked):
    noise = random.Random(3).randbytes(50_000)
    data = packed([("a", b"whole"), ("b", noise)])
    found = walked(walk_zip, data[:30_000])
    assert found.members[0] == ("a", b"whole", "")
    name, content, reason = found.members[1]
    assert name == "b"
    assert len(content) > 20_000
    assert noise.startswith(content)
    assert "cut off" in reason


def test_overlapping_members_are_remarked(walked):
    data = bytearray(packed([("a", b"1" * 100), ("b", b"2" * 100)], zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # its offset: that of the first
    found = walked(walk_zip, bytes(data))
    assert any("over one another" in remark for remark in found.remarks)


def test_a_member_that_is_not_where_the_directory_says_is_a_result(walked):
    data = bytearray(packed([("a", b"1" * 100), ("b", b"2" * 100)], zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42] += 1
    found = walked(walk_zip, bytes(data))
    assert found.members[0] == ("a", b"1" * 100, "")
    assert "not where the directory says" in found.members[1][2]


def test_an_unknown_method_is_a_result(walked):
    data = bytearray(packed([("a", b"1" * 100)], zipfile.ZIP_STORED))
    at = data.rfind(b"PK\x01\x02")
    data[at + 10] = 93
    assert "zstd" in walked(walk_zip, bytes(data)).members[0][2]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_behind_an_archive_hides_nothing(walked, method: int):
    data = packed([("a", b"1" * 100), ("folder/", b"")], method) + packed([("b", b"2" * 100)])
    found = walked(walk_zip, data)
    assert sorted(found.members) == [("a", b"1" * 100, ""), ("b", b"2" * 100, "")]
    assert any("directory does not list" in remark for remark in found.remarks)


def test_an_empty_directory_in_the_comment_hides_nothing(walked):
    data = packed([("a", b"1" * 100)])
    empty = b"PK\x05\x06" + bytes(18)
    found = walked(walk_zip, data[:-2] + struct.pack("<H", len(empty)) + empty)
    assert found.members == [("a", b"1" * 100, "")]


def test_an_archive_inside_an_archive_is_no_hidden_member(walked):
    inner = packed([("b", b"2" * 100)], zipfile.ZIP_STORED)
    for streamed in (False, True):
        data = packed([("a.zip", inner)], zipfile.ZIP_STORED, streamed=streamed)
        found = walked(walk_zip, data)
        assert (found.members, found.remarks) == ([("a.zip", inner, "")], [])


def test_an_archive_behind_something_else_is_noticed():
    data = packed([("a", b"1" * 100)])
    for prefix in (b"", b"MZ" + bytes(5000)):
        assert ends_like_zip(io.BytesIO(prefix + data))
    for other in (b"", b"PK\x05\x06", b"PK\x05\x06" + bytes(18), data[:-10], bytes(100_000)):
        assert not ends_like_zip(io.BytesIO(other))


@given(st.binary(max_size=200))
def test_any_end_is_looked_at_without_harm(noise: bytes):
    locator = b"PK\x06\x07" + bytes(4) + b"\xff" * 8 + bytes(4)
    end = b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)
    assert not ends_like_zip(io.BytesIO(bytes(100) + locator + end))
    ends_like_zip(io.BytesIO(noise + b"PK\x05\x06" + noise))


def test_a_part_of_a_split_archive_says_so(walked):
    data = bytearray(packed([("a", b"b")]))
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<H", data, end + 4, 3)
    assert "split" in walked(walk_zip, bytes(data)).remarks[0]


@given(st.binary(max_size=400), st.integers(0, 3))
def test_any_bytes_are_walked_without_harm(walked, noise: bytes, place: int):
    data = packed([("a", b"12345"), ("b", b"67890" * 30)])
    cut = [0, len(data) // 3, data.find(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")][place]
    # The visit turns these into the reason of the archive.
    with contextlib.suppress(ValueError, struct.error, OSError, EOFError):
        walked(walk_zip, data[:cut] + noise + data[cut:])
