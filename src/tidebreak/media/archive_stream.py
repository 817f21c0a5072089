"""One compressed stream: gzip (RFC 1952), bzip2, xz and LZMA; with a tar inside, that tar."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import BinaryIO, cast

from tidebreak.media.archive import CHUNK, Broken, Visitor
from tidebreak.media.archive_tar import walk_tar_stream
from tidebreak.media.signatures import TAR
from tidebreak.media.sniff import HEAD, sniff

_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)

_HAS_EXTRA, _HAS_NAME = 4, 8


def walk_gzip(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a gzip file; its one member is called what its header says."""
    name = _gzip_name(file.read(HEAD))
    file.seek(0)
    with gzip.GzipFile(fileobj=file, mode="rb") as stream:
        _walk(cast("BinaryIO", stream), name, visitor)


def walk_bzip2(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a bzip2 file."""
    with bz2.BZ2File(file) as stream:
        _walk(cast("BinaryIO", stream), "", visitor)


def walk_xz(file: BinaryIO, visitor: Visitor) -> None:
    """Walk an xz file."""
    with lzma.LZMAFile(file, format=lzma.FORMAT_XZ) as stream:
        _walk(cast("BinaryIO", stream), "", visitor)


def walk_lzma(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a file in the older format of LZMA alone."""
    with lzma.LZMAFile(file, format=lzma.FORMAT_ALONE) as stream:
        _walk(cast("BinaryIO", stream), "", visitor)


def _walk(stream: BinaryIO, name: str, visitor: Visitor) -> None:
    lenient = _Lenient(stream, visitor)
    head = lenient.read(HEAD)
    if sniff(head) is TAR:
        walk_tar_stream(_Rejoined(head, lenient), visitor)
    else:
        member = visitor.member(name or "content")
        while head:
            member.write(head)
            head = lenient.read(CHUNK)
        member.close(lenient.reason)
    if lenient.reason:
        raise Broken(lenient.reason)


class _Lenient:
    """Reads until the stream ends or breaks, and remembers why it broke."""

    def __init__(self, stream: BinaryIO, visitor: Visitor) -> None:
        self._stream, self._visitor = stream, visitor
        self.reason = ""

    def read(self, size: int) -> bytes:
        parts = io.BytesIO()
        while not self.reason and parts.tell() < size:
            self._visitor.beat()
            try:
                part = self._stream.read(size - parts.tell())
            except _DAMAGE as error:
                self.reason = f"damaged: unpacking broke off ({error})"
                break
            if not part:
                break
            parts.write(part)
        return parts.getvalue()


class _Rejoined:
    """A stream whose beginning has been read already."""

    def __init__(self, head: bytes, rest: _Lenient) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int) -> bytes:
        if not self._head:
            return self._rest.read(size)
        head, self._head = self._head[:size], self._head[size:]
        return head if len(head) == size else head + self._rest.read(size - len(head))


def _gzip_name(head: bytes) -> str:
    flags = head[3] if len(head) > 10 else 0
    at = 10
    if flags & _HAS_EXTRA:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    end = head.find(b"\0", at)
    if not flags & _HAS_NAME or end < 0:
        return ""
    name = head[at:end]
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("latin-1")
