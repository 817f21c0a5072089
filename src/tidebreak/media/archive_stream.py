"""One compressed stream: gzip (RFC 1952), bzip2, xz and LZMA; with a tar inside, that tar."""

from __future__ import annotations

import bz2
import lzma
from collections.abc import Callable
from typing import BinaryIO

from tidebreak.media.archive import CHUNK, Broken, Visitor
from tidebreak.media.archive_tar import walk_tar_stream
from tidebreak.media.signatures import TAR
from tidebreak.media.sniff import HEAD, sniff
from tidebreak.media.unpacking import DAMAGE, Deflate, Unpacker

_READ = 1 << 16
_HAS_EXTRA, _HAS_NAME = 4, 8


def walk_gzip(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a gzip file; its one member is called what its header says."""
    name = _gzip_name(file.read(HEAD))
    file.seek(0)
    _walk(_Stream(file, lambda: Deflate(gzip=True), visitor), name, visitor)


def walk_bzip2(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a bzip2 file."""
    _walk(_Stream(file, bz2.BZ2Decompressor, visitor), "", visitor)


def walk_xz(file: BinaryIO, visitor: Visitor) -> None:
    """Walk an xz file."""
    _walk(_Stream(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ), visitor), "", visitor)


def walk_lzma(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a file in the older format of LZMA alone."""
    _walk(_Stream(file, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE), visitor), "", visitor)


def _walk(stream: _Stream, name: str, visitor: Visitor) -> None:
    stream.put_back(head := stream.read(HEAD))
    if sniff(head) is TAR:
        walk_tar_stream(stream, visitor)
    else:
        member = visitor.member(name or "content")
        while chunk := stream.read(CHUNK):
            member.write(chunk)
        member.close(stream.reason)
    if stream.reason:
        raise Broken(stream.reason)


class _Stream:
    """Packed streams, one behind another, read as one until they end or break.

    ``reason`` says afterwards in what it broke.
    """

    def __init__(self, file: BinaryIO, new: Callable[[], Unpacker], visitor: Visitor) -> None:
        self._file, self._new, self._visitor = file, new, visitor
        self._unpacker: Unpacker | None = new()
        self._front = b""
        self.reason = ""

    def put_back(self, data: bytes) -> None:
        """Return ``data`` again from the next `read`."""
        self._front = data + self._front

    def read(self, size: int, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        parts, left = [self._front[:size]], size
        self._front = self._front[size:]
        left -= len(parts[0])
        while left and self._unpacker is not None:
            self._visitor.beat()
            try:
                part = self._step(self._unpacker, left)
            except DAMAGE as error:
                self._end(f"damaged: unpacking broke off ({error})")
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _step(self, unpacker: Unpacker, most: int) -> bytes:
        if unpacker.eof:
            self._begin_next(unpacker.unused_data)
            return b""
        packed = self._file.read(_READ) if unpacker.needs_input else b""
        if not packed and unpacker.needs_input:
            self._end("damaged: it is cut off")
            return b""
        return unpacker.decompress(packed, most)

    def _begin_next(self, rest: bytes) -> None:
        rest = rest or self._file.read(_READ)
        while rest and not rest.strip(b"\0"):
            rest = self._file.read(_READ)
        if not rest:
            self._end("")
            return
        # Zeros may stand between streams; what a stream begins with is none.
        self._file.seek(-len(rest.lstrip(b"\0")), 1)
        self._unpacker = self._new()

    def _end(self, reason: str) -> None:
        self._unpacker, self.reason = None, reason


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
