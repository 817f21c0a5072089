"""As much of DER (X.690) as a request and a response for a stamp need; nothing is ever guessed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x02, 0x03, 0x04, 0x05, 0x06
BOOLEAN, SEQUENCE, SET, GENERALIZED_TIME = 0x01, 0x30, 0x31, 0x18
_DEEPEST_LENGTH = 4


class BadDer(ValueError):
    """What was read is not what it should be."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value: ``tag``, its ``content``, and ``whole``, the tag and the length before it too."""

    tag: int
    content: bytes
    whole: bytes

    def expect(self, tag: int) -> Item:
        """Return this; raise `BadDer` unless it has this tag."""
        if self.tag != tag:
            raise BadDer(f"tag {self.tag:#x} instead of {tag:#x}")
        return self

    def __iter__(self) -> Iterator[Item]:
        """Yield what is inside."""
        rest = self.content
        while rest:
            item, rest = _first(rest)
            yield item

    @property
    def items(self) -> list[Item]:
        """What is inside."""
        return list(self)

    @property
    def number(self) -> int:
        """The value of an integer."""
        content = self.expect(INTEGER).content
        if not content:
            raise BadDer("an integer without content")
        return int.from_bytes(content, "big", signed=True)


def parse(data: bytes) -> Item:
    """Return the one value that ``data`` is; raise `BadDer` when there is more or less."""
    item, rest = _first(data)
    if rest:
        raise BadDer("something follows")
    return item


def write(tag: int, *parts: bytes) -> bytes:
    """Return a value of this tag made of ``parts``."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Return an integer that is not negative."""
    return write(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    """Return an object identifier, as ``1.2.840…``."""
    first, second, *rest = map(int, text.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        septets = [arc & 0x7F]
        while arc := arc >> 7:
            septets.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(septets))
    return write(OID, content)


def _first(data: bytes) -> tuple[Item, bytes]:
    if len(data) < 2 or data[0] & 0x1F == 0x1F:
        raise BadDer("it is cut off, or has a long tag")
    start, size = 2, data[1]
    if size >= 0x80:
        count = size & 0x7F
        start += count
        size = int.from_bytes(data[2:start], "big")
        if not 0 < count <= _DEEPEST_LENGTH or len(data) < start or size < 0x80 or not data[2]:
            raise BadDer("a length that is not the shortest")
    end = start + size
    if len(data) < end:
        raise BadDer("it is cut off")
    return Item(data[0], data[start:end], data[:end]), data[end:]
