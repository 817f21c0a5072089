"""Files that would like to do harm: cut off, lying, nested, exploding; all of harmless bytes."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image


def corpus() -> Iterator[tuple[str, bytes]]:
    """Yield names and contents."""
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
        whole = picture(kind)
        yield f"{kind} cut off", whole[: len(whole) // 2]
        yield f"{kind} head only", whole[:20]
        yield f"{kind} with noise", bytes(b ^ (0x5A * (i % 97 == 50)) for i, b in enumerate(whole))
    yield "nothing", b""
    yield "one byte", b"\0"
    yield "noise", zlib.compress(bytes(range(256)) * 40)
    yield "huge picture", png(60_000, 60_000)
    yield "empty picture", png(0, 0)
    yield "negative JPEG", b"\xff\xd8\xff\xc0\0\x0b\x08\0\0\0\0\x01\x11\0\xff\xd9"
    yield "zip bomb", zipped({"bomb": bytes(80 << 20)})
    yield "zip in zip in zip", nested(6)
    yield "zip with bad names", zipped({"../../etc/x": b"1", "a\n\x1b[31m": b"2", "/abs": b"3"})
    yield "zip cut off", zipped({"a": b"x" * 1000})[:-30]
    yield "zip that lies about sizes", lying()
    yield "gzip bomb", gzip.compress(bytes(80 << 20))
    yield "tar of links", linked()
    yield "7z of nothing", b"7z\xbc\xaf\x27\x1c\0\4" + b"\xff" * 100
    yield "rar of nothing", b"Rar!\x1a\x07\x01\0" + b"\xff" * 100
    yield "mp4 of nothing", struct.pack(">I4s", 0xFFFFFFFF, b"ftyp") + b"isom" + b"\xff" * 200
    yield "matroska of nothing", b"\x1a\x45\xdf\xa3" + b"\xff" * 200
    yield "heif of nothing", struct.pack(">I4s8s", 24, b"ftyp", b"heic\0\0\0\0") + b"\xff" * 100
    yield "torrent that never ends", b"d4:info" + b"l" * 100_000
    yield "xml of entities", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'
    yield "two at once", picture("PNG") + zipped({"a": b"1"})


def picture(kind: str) -> bytes:
    made = io.BytesIO()
    image = Image.radial_gradient("L").convert("RGB")
    image.save(made, kind)
    return made.getvalue()


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def nested(depth: int) -> bytes:
    inner = b"at last"
    for level in range(depth):
        inner = zipped({f"{level}.zip": inner})
    return inner


def lying() -> bytes:
    content = bytearray(zipped({"a": b"x" * 5000}))
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 3)
    return bytes(content)


def linked() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, target, kind in (
            ("a", "/etc/passwd", tarfile.SYMTYPE), ("b", "../../x", tarfile.LNKTYPE),
            ("c", "", tarfile.CHRTYPE), ("d", "", tarfile.FIFOTYPE),
        ):  # fmt: skip
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return made.getvalue()
