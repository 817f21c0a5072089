"""Decompressors behind one face, in bounded steps.

However much a few bytes unpack to, no more than `CHUNK` comes out at a time; and what came out
before the damage is not lost with it, as it is with the file objects of the standard library.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from tidebreak.media.archive import CHUNK, Member

DAMAGE = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""What decompressors raise."""

_READ = 1 << 16


class Unpacker(Protocol):
    """What ``bz2`` and ``lzma`` offer."""

    @property
    def eof(self) -> bool:
        """Whether the packed stream has ended."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes out before more goes in."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What stood behind the end of the packed stream."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take packed bytes, return at most ``max_length`` unpacked ones."""
        ...


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of one member: bytes and their CRC-32, packed bytes used, what is wrong."""

    size: int
    crc: int
    consumed: int
    reason: str = ""


class _Stored:
    """No compression at all."""

    eof, needs_input, unused_data = False, True, b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return data


class Deflate:
    """DEFLATE (RFC 1951), as it is or, with ``gzip``, in its wrapping (RFC 1952)."""

    def __init__(self, *, gzip: bool = False) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS if gzip else -zlib.MAX_WBITS)
        self._full = False

    @property
    def eof(self) -> bool:
        """Whether the packed stream has ended."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes out before more goes in."""
        return not self._full

    @property
    def unused_data(self) -> bytes:
        """What stood behind the end of the packed stream."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Take packed bytes, return at most ``max_length`` unpacked ones."""
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max(0, max_length))
        self._full = bool(self._inner.unconsumed_tail) or len(out) == max_length
        return out


class _Lzma:
    """LZMA as zip wraps it (APPNOTE 5.8.8): version, size of the properties, properties."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: lzma.LZMADecompressor | None = None

    @property
    def eof(self) -> bool:
        return self._inner is not None and self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner is None or self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data if self._inner else b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._inner is None:
            self._head += data
            if len(self._head) < 9:
                return b""
            lc, rest = self._head[4] % 9, self._head[4] // 9
            filters = {
                "id": lzma.FILTER_LZMA1,
                "dict_size": int.from_bytes(self._head[5:9], "little"),
                "lc": lc,
                "lp": rest % 5,
                "pb": rest // 5,
            }
            self._inner = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
            data = self._head[9:]
        return self._inner.decompress(data, max_length)


UNPACKERS: dict[int, Callable[[], Unpacker]] = {
    0: _Stored,
    8: Deflate,
    12: bz2.BZ2Decompressor,
    14: _Lzma,
    95: lzma.LZMADecompressor,
}
"""By the number of the method (APPNOTE 4.4.5)."""


def unpack(file: BinaryIO, start: int, packed: int | None, method: int, member: Member) -> Unpacked:
    """Unpack ``packed`` bytes of ``file`` from ``start`` on into ``member``.

    With None they end where the packed stream says so. Damage is a reason in the answer.
    """
    unpacker = UNPACKERS[method]()
    if packed is None and isinstance(unpacker, _Stored):
        return Unpacked(0, 0, 0, "damaged: nothing says where it ends")
    size = crc = consumed = 0
    try:
        while not unpacker.eof:
            data = b""
            if unpacker.needs_input:
                file.seek(start + consumed)
                data = file.read(_READ if packed is None else min(_READ, packed - consumed))
                if not data:
                    break
                consumed += len(data)
            out = unpacker.decompress(data, CHUNK)
            size, crc = size + len(out), zlib.crc32(out, crc)
            member.write(out)
    except DAMAGE as error:
        return Unpacked(size, crc, consumed, f"damaged: unpacking broke off ({error})")
    short = packed is not None and consumed < packed and not unpacker.eof
    whole = unpacker.eof or method in (0, 14)
    reason = "" if whole and not short else "damaged: it is cut off"
    return Unpacked(size, crc, consumed - len(unpacker.unused_data), reason)
