"""What goes through a store's socket: identifiers in; no, known or certain out.

A frame is its length (4 bytes, big-endian) and a body. A question's body::

    1 byte   version, 1
    2 bytes  number of identifiers, big-endian, at most 256; 0 asks only for the version
    each     length (1 byte) and name of its space; length (1 byte) and value

An answer's body is a version byte, a `Status` byte, and what that brings: with ``ANSWERED`` the
length (1 byte) and text of the store's version, the number of identifiers (2 bytes), and for each
a byte, which is a `Known`; with ``LATER`` the milliseconds to wait (4 bytes); else nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from tidebreak.signals import EXACT_TYPES

VERSION = 1
MOST = 256
"""Identifiers in one question."""
LONGEST = 1 << 15
"""Bytes of the longest body."""
LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(">BH")
_LONGEST_VALUE = 40
_SPACES = {kind.space.encode(): kind.space for kind in EXACT_TYPES}

Identifier = tuple[str, bytes]
"""The space of an exact signal, and the value that is compared in it."""


class Status(IntEnum):
    """What an answer is."""

    ANSWERED = 0
    REFUSED = 1
    """The question makes no sense, or whoever asks may not."""
    LATER = 2
    """More was asked than the store may answer in so short a time."""
    EXPIRED = 3
    BUSY = 4
    """Too many ask at once."""
    FAILED = 5


class Known(IntEnum):
    """What a store says of one identifier."""

    NO = 0
    UNCERTAIN = 1
    """Known, but not for certain: a person decides."""
    CERTAIN = 2


class Malformed(Exception):
    """A body is not what the layout says."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``known`` holds for each identifier of the question."""

    status: Status
    version: str = ""
    known: tuple[Known, ...] = ()
    wait: float = 0.0
    """Seconds."""


def frame(body: bytes) -> bytes:
    """Return ``body`` with its length before it."""
    return LENGTH.pack(len(body)) + body


def question(identifiers: Sequence[Identifier]) -> bytes:
    """Return the body of a question about at most `MOST` identifiers."""
    parts = [_HEAD.pack(VERSION, len(identifiers))]
    for space, value in identifiers:
        parts += [_short(space.encode()), _short(value)]
    return b"".join(parts)


def read_question(body: bytes) -> list[Identifier]:
    """Return what is asked; raise `Malformed`, which never repeats it."""
    reader = _Reader(body)
    version, count = _HEAD.unpack(reader.take(_HEAD.size))
    if version != VERSION or count > MOST:
        raise Malformed
    asked = [(_space(reader.short()), _value(reader.short())) for _ in range(count)]
    reader.end()
    return asked


def reply(answer: Reply) -> bytes:
    """Return the body of an answer."""
    head = bytes([VERSION, answer.status])
    if answer.status is Status.ANSWERED:
        return b"".join([
            head, _short(answer.version.encode()), len(answer.known).to_bytes(2),
            bytes(answer.known),
        ])  # fmt: skip
    if answer.status is Status.LATER:
        return head + min(int(answer.wait * 1000) + 1, (1 << 32) - 1).to_bytes(4)
    return head


def read_reply(body: bytes) -> Reply:
    """Return an answer; raise `Malformed`."""
    reader = _Reader(body)
    version, status = reader.take(2)
    if version != VERSION or status not in set(Status):
        raise Malformed
    made = Reply(Status(status))
    if made.status is Status.ANSWERED:
        made = Reply(made.status, _text(reader.short()), _flags(reader))
    elif made.status is Status.LATER:
        made = Reply(made.status, wait=int.from_bytes(reader.take(4)) / 1000)
    reader.end()
    return made


class _Reader:
    """Takes a body apart from its beginning."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def take(self, size: int) -> bytes:
        part = self._body[self._at : self._at + size]
        if len(part) != size:
            raise Malformed
        self._at += size
        return part

    def short(self) -> bytes:
        return self.take(self.take(1)[0])

    def end(self) -> None:
        if self._at != len(self._body):
            raise Malformed


def _short(part: bytes) -> bytes:
    return bytes([len(part)]) + part


def _space(part: bytes) -> str:
    if part not in _SPACES:
        raise Malformed
    return _SPACES[part]


def _value(part: bytes) -> bytes:
    if not 1 <= len(part) <= _LONGEST_VALUE:
        raise Malformed
    return part


def _text(part: bytes) -> str:
    if not part.isascii():
        raise Malformed
    return part.decode()


def _flags(reader: _Reader) -> tuple[Known, ...]:
    flags = reader.take(int.from_bytes(reader.take(2)))
    if set(flags) - set(Known):
        raise Malformed
    return tuple(map(Known, flags))
