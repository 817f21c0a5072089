"""Content codings undone, piece by piece and bounded (RFC 9110, section 8.4.1).

``gzip``, ``deflate`` (with a zlib header as the RFC says, or without as some senders do) and, where
the package ``brotli`` is there, ``br``. Whatever else there is, is `Unreadable`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from importlib import import_module
from typing import Protocol

from tidebreak.gates.bodies.headers import Unreadable

_PIECE = 1 << 16
_MOST = 3
_GZIP, _ZLIB, _RAW = 31, 15, -15


class _Decoder(Protocol):
    def decode(self, part: bytes) -> Iterator[bytes]: ...

    @property
    def ended(self) -> bool: ...


def decoded(parts: Iterator[bytes], encodings: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the bytes of ``parts`` without ``encodings``, which were applied in that order.

    Raises `Unreadable` for what is unknown, cut off, damaged, or has something behind its end.
    """
    if len(encodings) > _MOST:
        raise Unreadable(f"it is encoded more than {_MOST} times")
    for name in reversed(encodings):
        parts = _undone(parts, _decoder(name))
    return parts


def _undone(parts: Iterator[bytes], decoder: _Decoder) -> Iterator[bytes]:
    for part in parts:
        yield from decoder.decode(part)
    if not decoder.ended:
        raise Unreadable("its encoding has no end")


def _decoder(name: str) -> _Decoder:
    if name in ("gzip", "x-gzip"):
        return _Deflated(_GZIP, repeated=True)
    if name == "deflate":
        return _Deflate()
    if name == "br":
        return _Brotli()
    raise Unreadable("its encoding is none that is known here")


class _Deflated:
    """Also members one after the other, as gzip allows."""

    def __init__(self, form: int, *, repeated: bool) -> None:
        self._form, self._repeated = form, repeated
        self._inner = zlib.decompressobj(form)

    @property
    def ended(self) -> bool:
        return self._inner.eof

    def decode(self, part: bytes) -> Iterator[bytes]:
        while part:
            if self._inner.eof:
                if not self._repeated:
                    raise Unreadable("there is something behind the end of its encoding")
                self._inner = zlib.decompressobj(self._form)
            try:
                yield self._inner.decompress(part, _PIECE)
            except zlib.error:
                raise Unreadable("its encoding is damaged") from None
            part = self._inner.unconsumed_tail or self._inner.unused_data


class _Deflate:
    """With a zlib header, which its first two bytes are by their sum (RFC 1950), or without."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: _Deflated | None = None

    @property
    def ended(self) -> bool:
        return self._inner is not None and self._inner.ended

    def decode(self, part: bytes) -> Iterator[bytes]:
        if self._inner is None:
            part, self._head = self._head + part, b""
            if len(part) < 2:
                self._head = part
                return
            header = part[0] & 15 == 8 and int.from_bytes(part[:2]) % 31 == 0
            self._inner = _Deflated(_ZLIB if header else _RAW, repeated=False)
        yield from self._inner.decode(part)


class _Brotli:
    def __init__(self) -> None:
        try:
            self._brotli = import_module("brotli")
        except ImportError:
            raise Unreadable("its encoding is br, which needs the package brotli") from None
        self._inner = self._brotli.Decompressor()

    @property
    def ended(self) -> bool:
        return self._inner.is_finished()

    def decode(self, part: bytes) -> Iterator[bytes]:
        try:
            yield self._inner.process(part, output_buffer_limit=_PIECE)
            while not self._inner.can_accept_more_data():
                yield self._inner.process(b"", output_buffer_limit=_PIECE)
        except self._brotli.error:
            raise Unreadable("its encoding is damaged") from None
