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
    why reading ended early, empty when it did not; ``value`` is then as much as was read.
    """

    value: Value
    spans: dict[bytes, list[tuple[int, int]]]
    faults: tuple[Fault, ...] = ()
    broken: str = ""


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
    """Nothing that follows can be read."""


class _Reader:
    """One pass without recursion.

    Containers hang in their parents from the start, so that what was read before a break is there.
    """

    def __init__(self, data: bytes, keys: tuple[bytes, ...], last: bool) -> None:
        self._data, self._last = data, last
        self._at = 0
        self._spans: dict[bytes, list[tuple[int, int]]] = {key: [] for key in keys}
        self._faults: dict[Fault, None] = {}
        self._root: list[Value] = []
        self._open: list[tuple[Value, bytes, int]] = []

    def read(self) -> Bencoded:
        broken = ""
        try:
            self._walk()
        except _Broken as error:
            broken = str(error)
        if not broken and self._at < len(self._data):
            self._faults[Fault.TRAILING] = None
        value = self._root[0] if self._root else b""
        return Bencoded(value, self._spans, tuple(self._faults), broken)

    def _walk(self) -> None:
        """Read values until the outermost one is complete."""
        data, end, items = self._data, len(self._data), 0
        holder: Value = self._root
        key, before = b"", b""
        while True:
            items += 1
            if items > ITEMS:
                raise _Broken(f"more than {ITEMS:,} values")
            if self._at >= end:
                raise _Broken("it is cut off")
            if data[self._at] == 0x65:  # e
                self._at += 1
                holder, before = self._close()
            else:
                if isinstance(holder, dict):
                    key = self._key(before)
                    before = key
                start = self._at
                value = self._value()
                self._store(holder, key, value)
                if isinstance(value, list | dict):
                    self._descend(holder, key, start)
                    holder, before = value, b""
                elif len(self._open) == 1:
                    self._mark(key, start)
            if not self._open:
                return

    def _descend(self, holder: Value, key: bytes, start: int) -> None:
        if len(self._open) == DEPTH:
            raise _Broken(f"nested more than {DEPTH} deep")
        self._open.append((holder, key, start))

    def _close(self) -> tuple[Value, bytes]:
        """End the innermost container; return what holds it, and the key that it stood under."""
        holder, key, start = self._open.pop()
        if len(self._open) == 1:
            self._mark(key, start)
        return holder, key

    def _mark(self, key: bytes, start: int) -> None:
        """Remember where the value of a chosen key of the outermost dictionary stands."""
        if key in self._spans and isinstance(self._root[0], dict):
            self._spans[key].append((start, self._at))

    def _store(self, holder: Value, key: bytes, value: Value) -> None:
        if isinstance(holder, dict):
            if key in holder:
                self._faults[Fault.DUPLICATE] = None
                if not self._last:
                    return
            holder[key] = value
        elif isinstance(holder, list):
            holder.append(value)

    def _key(self, before: bytes) -> bytes:
        if not 0x30 <= self._data[self._at] <= 0x39:
            raise _Broken("a key is no string")
        key = self._string()
        if key < before:
            self._faults[Fault.UNSORTED] = None
        if self._at >= len(self._data):
            raise _Broken("it is cut off")
        return key

    def _value(self) -> Value:
        kind = self._data[self._at]
        if 0x30 <= kind <= 0x39:
            return self._string()
        if kind == 0x69:  # i
            return self._integer()
        self._at += 1
        if kind == 0x64:  # d
            return {}
        if kind == 0x6C:  # l
            return []
        raise _Broken("what is neither number, string, list nor dictionary")

    def _string(self) -> bytes:
        colon = self._data.find(b":", self._at, self._at + _DIGITS)
        digits = self._data[self._at : colon]
        if colon < 0 or not digits.isdigit():
            raise _Broken("a string has no proper length")
        if digits[0] == 0x30 and len(digits) > 1:
            self._faults[Fault.NUMBER] = None
        end = colon + 1 + int(digits)
        if end > len(self._data):
            raise _Broken("it is cut off")
        self._at = end
        return self._data[colon + 1 : end]

    def _integer(self) -> int:
        end = self._data.find(b"e", self._at, self._at + _DIGITS + 2)
        text = self._data[self._at + 1 : end]
        digits = text.removeprefix(b"-")
        if end < 0 or not digits.isdigit():
            raise _Broken("a number is not one, or has too many digits")
        if digits[0] == 0x30 and len(text) > 1:
            self._faults[Fault.NUMBER] = None
        self._at = end + 1
        return int(text)


__all__ = ["DEPTH", "ITEMS", "SIZE", "Bencoded", "Fault", "Value", "parse", "parse_strict"]
