"""Bencode (BEP 3) as it is found: bounded, with the byte spans of chosen keys, and loud.

Software accepts what breaks the rules, so refusing it would be a miss. What can still be read is
read, and every rule that is broken is stated as a `Fault`; what nothing can make sense of ends the
reading, and everything up to there is kept. `parse_strict` takes only what keeps every rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tidebreak.errors import BadLink

DEPTH, ITEMS, SIZE = 64, 2_000_000, 64 << 20
"""The most that is read: nested containers, values and keys, bytes."""

_DIGITS = 20
"""The most digits that a number may have; all that mean anything have fewer."""

_ZERO = ord("0")

Value: TypeAlias = "int | bytes | list[Value] | dict[bytes, Value]"


class Fault(StrEnum):
    """A rule that is broken where the meaning is still plain."""

    UNSORTED = "keys are out of order"
    DUPLICATE = "a key occurs twice"
    NUMBER = "a number has leading zeros or is -0"
    TRAILING = "bytes follow the end"


@dataclass(frozen=True, slots=True)
class Bencoded:
    """What was read.

    ``spans`` has, for each chosen key of the outermost dictionary, where its values stand: start
    and end in bytes, several if the key is repeated, none if the value is cut off. ``broken`` says
    why reading ended early, empty when it did not; ``value`` is then as much as was read. ``end``
    is where the value ends, in bytes.
    """

    value: Value
    spans: dict[bytes, list[tuple[int, int]]]
    faults: tuple[Fault, ...] = ()
    broken: str = ""
    end: int = 0


def parse(data: bytes, keys: tuple[bytes, ...] = (), *, last: bool = False) -> Bencoded:
    """Return what ``data`` says, with the spans of ``keys``.

    Of a key that occurs twice the first value counts, or the ``last``. Raises `BadLink` when
    ``data`` does not begin as bencode, or is larger than `SIZE`.
    """
    if len(data) > SIZE:
        raise BadLink(f"This is larger than {SIZE >> 20} MiB, more than is read: split it.")
    if data[:1] not in (b"d", b"l", b"i") and not data[:1].isdigit():
        raise BadLink("This is not bencode: give a .torrent file or a client's own store.")
    return _Reader(data, keys, last).read()


def parse_strict(data: bytes, keys: tuple[bytes, ...] = ()) -> Bencoded:
    """Return what ``data`` says; raise `BadLink` when any rule of bencode is broken."""
    found = parse(data, keys)
    if found.broken or found.faults:
        raise BadLink(f"This breaks the rules of bencode: {found.broken or found.faults[0]}.")
    return found


class _Broken(Exception):
    """Nothing that follows can be read; ``partial`` is what the value holds up to there."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.partial: Value | None = None


class _Reader:
    """One pass; each method takes where to read, and returns the value and where it ends."""

    def __init__(self, data: bytes, keys: tuple[bytes, ...], last: bool) -> None:
        self._data, self._last, self._items = data, last, 0
        self._spans: dict[bytes, list[tuple[int, int]]] = {key: [] for key in keys}
        self._faults: dict[Fault, None] = {}

    def read(self) -> Bencoded:
        broken, end = "", len(self._data)
        try:
            value, end = self._value(0, 0)
        except _Broken as error:
            broken = str(error)
            value = b"" if error.partial is None else error.partial
        else:
            if end < len(self._data):
                self._faults[Fault.TRAILING] = None
        return Bencoded(value, self._spans, tuple(self._faults), broken, end)

    def _value(self, at: int, depth: int) -> tuple[Value, int]:
        self._items += 1
        if self._items > ITEMS:
            raise _Broken(f"more than {ITEMS:,} values")
        kind = self._data[at : at + 1]
        if kind.isdigit():
            return self._string(at)
        if kind == b"i":
            return self._integer(at)
        if not kind:
            raise _Broken("it is cut off")
        if kind not in (b"d", b"l"):
            raise _Broken("what is neither number, string, list nor dictionary")
        if depth == DEPTH:
            raise _Broken(f"nested more than {DEPTH} deep")
        return self._dictionary(at, depth) if kind == b"d" else self._list(at, depth)

    def _list(self, at: int, depth: int) -> tuple[Value, int]:
        found: list[Value] = []
        at += 1
        try:
            while self._data[at : at + 1] != b"e":
                value, at = self._value(at, depth + 1)
                found.append(value)
        except _Broken as error:
            if error.partial is not None:
                found.append(error.partial)
            error.partial = found
            raise
        return found, at + 1

    def _dictionary(self, at: int, depth: int) -> tuple[Value, int]:
        found: dict[bytes, Value] = {}
        key = before = b""
        at += 1
        try:
            while self._data[at : at + 1] != b"e":
                key, start = self._key(at)
                if key < before:
                    self._faults[Fault.UNSORTED] = None
                before = key
                value, at = self._value(start, depth + 1)
                if not depth and key in self._spans:
                    self._spans[key].append((start, at))
                self._store(found, key, value)
        except _Broken as error:
            if error.partial is not None:
                self._store(found, key, error.partial)
            error.partial = found
            raise
        return found, at + 1

    def _store(self, found: dict[bytes, Value], key: bytes, value: Value) -> None:
        if key in found:
            self._faults[Fault.DUPLICATE] = None
            if not self._last:
                return
        found[key] = value

    def _key(self, at: int) -> tuple[bytes, int]:
        if at >= len(self._data):
            raise _Broken("it is cut off")
        if not self._data[at : at + 1].isdigit():
            raise _Broken("a key is no string")
        return self._string(at)

    def _string(self, at: int) -> tuple[bytes, int]:
        colon = self._data.find(b":", at, at + _DIGITS)
        digits = self._data[at:colon]
        if colon < 0 or not digits.isdigit():
            raise _Broken("a string has no proper length")
        if digits[0] == _ZERO and len(digits) > 1:
            self._faults[Fault.NUMBER] = None
        end = colon + 1 + int(digits)
        if end > len(self._data):
            raise _Broken("it is cut off")
        return self._data[colon + 1 : end], end

    def _integer(self, at: int) -> tuple[int, int]:
        end = self._data.find(b"e", at, at + _DIGITS + 2)
        text = self._data[at + 1 : end]
        digits = text.removeprefix(b"-")
        if end < 0 or not digits.isdigit():
            raise _Broken("a number is not one, or has too many digits")
        if digits[0] == _ZERO and len(text) > 1:
            self._faults[Fault.NUMBER] = None
        return int(text), end + 1


__all__ = ["DEPTH", "ITEMS", "SIZE", "Bencoded", "Fault", "Value", "parse", "parse_strict"]
