from __future__ import annotations

import builtins
import io
import random

import pytest

from tidebreak.media.archive_7z import walk_7z

py7zr = pytest.importorskip("py7zr")

MEMBERS = {
    "words.txt": b"words " * 5000,
    "folder/noise": random.Random(1).randbytes(3_000_000),
    "empty": b"",
}


def packed(members: dict[str, bytes] = MEMBERS, **options) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **options) as made:
        for name, content in members.items():
            made.writestr(content, name)
    return out.getvalue()


def test_members_are_what_py7zr_packed(walked):
    found = walked(walk_7z, packed())
    assert {name: (content, reason) for name, content, reason in found.members} == {
        name: (content, "") for name, content in MEMBERS.items()
    }
    assert found.remarks == []


def test_names_are_text_and_never_paths(walked):
    data = packed({"aa/bb/cc": b"1", "x": b"2"})
    plain, evil = "aa/bb/cc".encode("utf-16-le"), "../../cc".encode("utf-16-le")
    # Headers of 7z are packed; an archive with a plain one is made to carry the name.
    if plain not in data:
        out = io.BytesIO()
        made = py7zr.SevenZipFile(out, "w")
        made.set_encoded_header_mode(False)
        made.writestr(b"1", "aa/bb/cc")
        made.close()
        data = out.getvalue()
    head, tail = data[:32], data[32:].replace(plain, evil)
    assert evil in tail
    found = walked(walk_7z, _with_new_checksums(head, tail))
    assert found.members[0][:2] == ("../../cc", b"1")


def _with_new_checksums(head: bytes, tail: bytes) -> bytes:
    """Return a 7z file whose start header fits the changed rest (7zFormat.txt)."""
    import struct
    import zlib

    offset, size, _ = struct.unpack("<QQI", head[12:32])
    start = struct.pack("<QQI", offset, size, zlib.crc32(tail[offset : offset + size]))
    return head[:8] + struct.pack("<I", zlib.crc32(start)) + start + tail


def test_encrypted_members_are_results(walked):
    found = walked(walk_7z, packed(password="word"))
    assert sorted(found.members) == [
        (name, b"", "encrypted: it could not be examined") for name in sorted(MEMBERS)
    ]


def test_an_encrypted_list_of_members_is_a_reason(walked):
    found = walked(walk_7z, packed(password="word", header_encryption=True))
    assert found.members == []
    assert "encrypted" in found.remarks[0]


def test_a_damaged_member_ends_the_walk_loudly(walked):
    data = bytearray(packed())
    data[1000:1040] = bytes(40)
    with pytest.raises(Exception):  # noqa: B017, PT011 - the visit takes whatever comes
        walked(walk_7z, bytes(data))


def test_without_the_extra_the_reason_names_it(walked, monkeypatch):
    data = packed()
    known = builtins.__import__

    def without(name: str, *rest):
        if name.startswith("py7zr"):
            raise ImportError(name)
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    found = walked(walk_7z, data)
    assert found.members == []
    assert "[7z]" in found.remarks[0]
