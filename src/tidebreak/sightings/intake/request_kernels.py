"""Kernels for access logs: where in a line its fields are, and what escapes stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidebreak.hashing.arrays import Bytes, Ints, readonly
from tidebreak.kernels import inlined, kernel, warmable
from tidebreak.sightings.texts import Texts

FIELDS = ("remote", "time", "path")
"""What every line has, before the values of the query."""

GOOD, NOT_COMBINED, ELSEWHERE = 0, 1, 2
"""What a line may be: a request that is asked for, in no known format, for another path."""

_LINE_FEED, _SPACE, _QUOTE, _QUERY, _AND, _EQUALS = 10, 32, 34, 63, 38, 61
_OPEN, _CLOSE, _DASH = 91, 93, 45


@inlined
def _until(data: Any, at: Any, end: Any, one: Any, other: Any) -> Any:
    """Return where the first byte ``one`` or ``other`` stands, ``end`` if there is none."""
    while at < end and data[at] != one and data[at] != other:
        at += 1
    return at


@inlined
def _has(data: Any, begin: Any, end: Any, part: Any) -> Any:
    """Return whether ``part`` stands somewhere there."""
    for at in range(begin, end - len(part) + 1):
        i = 0
        while i < len(part) and data[at + i] == part[i]:
            i += 1
        if i == len(part):
            return True
    return False


@inlined
def _which(data: Any, begin: Any, end: Any, names: Any, firsts: Any, lasts: Any) -> Any:
    """Return which of the names stands there, -1 for none."""
    for name in range(len(firsts)):
        if lasts[name] - firsts[name] == end - begin:
            i = 0
            while i < end - begin and data[begin + i] == names[firsts[name] + i]:
                i += 1
            if i == end - begin:
                return name
    return -1


@inlined
def _values(
    data: Any, at: Any, end: Any, names: Any, firsts: Any, lasts: Any, begins: Any, ends: Any,
    line: Any,
) -> Any:  # fmt: skip
    """Note where the first value of each name in a query stands."""
    while at < end:
        stop = _until(data, at, end, _AND, _AND)
        equals = _until(data, at, stop, _EQUALS, _EQUALS)
        k = _which(data, at, equals, names, firsts, lasts) + 3
        if k >= 3 and equals < stop and begins[k, line] == ends[k, line]:
            begins[k, line], ends[k, line] = equals + 1, stop
        at = stop + 1


@kernel
def _requests(
    data: Bytes, part: Bytes, names: Bytes, firsts: Ints, lasts: Ints, begins: Ints, ends: Ints,
    kinds: Ints,
) -> int:  # fmt: skip
    """Find the fields of lines in nginx's format combined; return how many lines there are.

    ``begins`` and ``ends`` are (3 + names, lines): `FIELDS`, then the value of each name in the
    query, empty where it is not given. ``kinds`` (lines,) says what each line is.
    """
    line, at = 0, 0
    while at < len(data):
        begin, end = at, _until(data, at, len(data), _LINE_FEED, _LINE_FEED)
        at = end + 1
        remote = _until(data, begin, end, _SPACE, _SPACE)
        opened = _until(data, remote, end, _OPEN, _OPEN)
        closed = _until(data, opened, end, _CLOSE, _CLOSE)
        target = _until(data, closed + 3, end, _SPACE, _QUOTE) + 1
        path = _until(data, target, end, _QUERY, _SPACE)
        last = _until(data, path, end, _SPACE, _QUOTE)
        quote = _until(data, last, end, _QUOTE, _QUOTE)
        kinds[line] = 1
        if (
            remote > begin and quote < end and data[last] == _SPACE and data[remote + 1] == _DASH
            and data[closed + 1] == _SPACE and data[closed + 2] == _QUOTE
        ):  # fmt: skip
            kinds[line] = 0 if _has(data, target, path, part) else 2
            begins[0, line], ends[0, line] = begin, remote
            begins[1, line], ends[1, line] = opened + 1, closed
            begins[2, line], ends[2, line] = target, path
            _values(data, path + 1, last, names, firsts, lasts, begins, ends, line)
        line += 1
    return line


@inlined
def _digit(byte: Any) -> Any:
    if 48 <= byte <= 57:
        return byte - 48
    lower = byte | 32
    return lower - 87 if 97 <= lower <= 102 else 255


@kernel
def _unescape(data: Bytes, begins: Ints, ends: Ints, mark: Bytes, out: Bytes, stops: Ints) -> None:
    """Copy texts to ``out`` with each ``mark`` and two hexadecimal digits as the byte meant."""
    to, size = 0, len(mark)
    for row in range(len(begins)):
        at, end = begins[row], ends[row]
        while at < end:
            byte = data[at]
            if byte == mark[0] and at + size + 1 < end and data[at + size - 1] == mark[size - 1]:
                high, low = _digit(data[at + size]), _digit(data[at + size + 1])
                if high < 16 and low < 16:
                    byte = np.uint8(high * 16 + low)
                    at += size + 1
            out[to] = byte
            to += 1
            at += 1
        stops[row] = to


def requests(block: Bytes | bytes, part: bytes, names: list[str]) -> tuple[dict[str, Texts], Ints]:
    """Return the fields of each line of ``block``, and what each line (N,) is.

    It is `GOOD` where ``part`` stands in the path, `ELSEWHERE` where not, or `NOT_COMBINED`. The
    fields are `FIELDS` and the values of ``names`` in the query, as they stand there; the first
    counts where there are several.
    """
    data = readonly(block)
    most = int(np.count_nonzero(data == _LINE_FEED)) + 1
    begins, ends = np.zeros((2, len(FIELDS) + len(names), most), np.int64)
    kinds = np.zeros(most, np.int64)
    wanted = Texts.of([name.encode() for name in names])
    count = _requests(
        data, readonly(part), wanted.data, wanted.begins, wanted.ends, begins, ends, kinds
    )
    columns = {
        name: Texts(data, begins[place, :count], ends[place, :count])
        for place, name in enumerate((*FIELDS, *names))
    }
    return columns, kinds[:count]


def unescape(texts: Texts, mark: bytes) -> Texts:
    """Return ``texts`` with escapes of one kind taken back: ``%`` (RFC 3986) or those of nginx.

    What only looks like an escape stays as it is.
    """
    out = np.empty(int(texts.lengths.sum()), np.uint8)
    stops = np.zeros(len(texts) + 1, np.int64)
    _unescape(texts.data, texts.begins, texts.ends, readonly(mark), out, stops[1:])
    return Texts(readonly(out), stops[:-1], stops[1:])


def warm() -> None:
    """Compile every kernel of this module."""
    requests(b'a - - [t] "GET /b?c=d HTTP/1.1" 200 \n', b"b", ["c"])
    unescape(Texts.of([b"%41"]), b"%")


warmable(__name__)
