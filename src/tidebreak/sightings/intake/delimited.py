"""Delimited text to columns: a row is a line, and each is understood or counted.

Quotes are those of Python's ``csv`` module (RFC 4180): a field that begins with one ends with
one, and two of them inside stand for one. A quote that is still open at the end of its line would
swallow the rows behind it unseen, so the line is refused instead.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Bytes, Ints, readonly
from tidebreak.kernels import inlined, kernel, warmable
from tidebreak.sightings.texts import Texts

BLOCK = 1 << 23
"""Bytes that are read at a time; no line may be longer."""

REASONS = (
    "a row with fewer fields than columns",
    "a row with more fields than columns",
    "a row with a quote that is not closed",
)

_LONGEST_NAME = 1 << 10
"""Characters of a column's name, at most."""

_LONGEST = 1 << 20
"""Bytes of a header."""
_LOOK = 1 << 14
"""Bytes from the end in which the last line is looked for first."""

_LINE_FEED, _RETURN, _QUOTE = 10, 13, 34


@inlined
def _plain_end(data: Any, at: Any, delimiter: Any) -> Any:
    """Return where the field that goes on at ``at``, outside quotes, ends."""
    while at < len(data) and data[at] != delimiter and data[at] != _LINE_FEED:
        at += 1
    return at


@inlined
def _without_return(data: Any, begin: Any, end: Any) -> Any:
    """Return where a field ends if a return before the line's end does not belong to it."""
    last = end > begin and data[end - 1] == _RETURN
    return end - 1 if last and (end == len(data) or data[end] == _LINE_FEED) else end


@inlined
def _quoted_end(data: Any, at: Any, to: Any) -> Any:
    """Move what stands in quotes from ``at`` on to ``to``; return both places, and if it is open.

    Two quotes become one, so nothing is ever moved beyond where it stood.
    """
    while at < len(data) and data[at] != _LINE_FEED:
        if data[at] == _QUOTE:
            at += 1
            if at == len(data) or data[at] != _QUOTE:
                return at, to, False
        data[to] = data[at]
        at += 1
        to += 1
    return at, to, True


@kernel
def _split(data: Bytes, delimiter: int, wanted: Ints, begins: Ints, ends: Ints, wrong: Ints) -> int:
    """Find the fields of whole lines and return how many rows are good.

    Column c of the text is column ``wanted[c]`` of ``begins`` and ``ends``, (K + 1, lines), whose
    last takes what nobody wants. ``wrong`` counts what is in `REASONS`. Quotes are taken out of
    ``data`` where they stand.
    """
    columns, nobody = len(wanted), len(begins) - 1
    rows, at = 0, 0
    while at < len(data):
        line, column, more, opened = at, 0, True, False
        while more:
            k = wanted[column] if column < columns else nobody
            begins[k, rows] = to = at
            if at < len(data) and data[at] == _QUOTE:
                at, to, opened = _quoted_end(data, at + 1, to)
            rest = at
            at = _plain_end(data, at, delimiter)
            end = _without_return(data, rest, at)
            if to < rest:
                for i in range(rest, end):
                    data[to + i - rest] = data[i]
            ends[k, rows] = to + end - rest
            more = at < len(data) and data[at] == delimiter
            at += more
            column += more
        length = _without_return(data, line, at) - line
        at += 1
        if not length:
            continue
        if opened:
            wrong[2] += 1
        elif column != columns - 1:
            wrong[0 if column < columns - 1 else 1] += 1
        else:
            rows += 1
    return rows


def split(
    data: Bytes, delimiter: str, names: Sequence[str], used: Sequence[str]
) -> tuple[dict[str, Texts], dict[str, int]]:
    """Return the columns ``used`` of whole lines whose columns are ``names``, and the refused.

    Lines that are empty are no rows. ``data`` (N,) uint8 is changed where quotes are taken out.
    """
    lines = int(np.count_nonzero(data == _LINE_FEED)) + 1
    wanted = np.array([used.index(n) if n in used else len(used) for n in names], np.int64)
    begins, ends = np.zeros((2, len(used) + 1, lines), np.int64)
    wrong = np.zeros(len(REASONS), np.int64)
    rows = _split(data, ord(delimiter), wanted, begins, ends, wrong)
    text = readonly(data)
    columns = {
        name: Texts(text, begins[place, :rows], ends[place, :rows])
        for place, name in enumerate(used)
    }
    refused = {
        reason: count for reason, count in zip(REASONS, wrong.tolist(), strict=True) if count
    }
    return columns, refused


def header(file: BinaryIO, delimiter: str) -> list[str]:
    """Return the names in the first line, which is read; raises `UsageError`."""
    text = io.StringIO(file.readline(_LONGEST).decode("utf-8-sig", "replace"))
    try:
        names = next(csv.reader(text, delimiter=delimiter), [])
    except csv.Error:  # lines that end with CR alone, or one without any end
        names = []
    # How long csv lets a field be, whoever used it before may have changed.
    too_long = any(len(name) > _LONGEST_NAME for name in names)
    if not names or too_long or len(set(names)) < len(names):
        raise UsageError(
            "The first line does not name every column once; where a log has no header, say"
            " 'columns' in the mapping."
        )
    return names


def whole_lines(file: BinaryIO) -> Iterator[Bytes]:
    """Yield the rest of ``file`` in blocks (N,) uint8 that end where a line does.

    Each is the caller's to change. Raises `UsageError` for a line that is longer than a block.
    """
    rest = np.empty(0, np.uint8)
    while True:
        block = np.empty(BLOCK, np.uint8)
        block[: len(rest)] = rest
        count = file.readinto(block.data[len(rest) :])  # pyright: ignore[reportAttributeAccessIssue]
        if not count:
            break
        block = block[: len(rest) + count]
        end = _last_end(block)
        if not end and len(block) == BLOCK:
            raise UsageError("A line of this log is longer than any log has; is it text at all?")
        rest = block[end:]
        if end:
            yield block[:end]
    if len(rest):
        yield rest


def _last_end(block: Bytes) -> int:
    """Return where the last whole line ends, 0 without one."""
    for end in range(len(block), 0, -_LOOK):
        begin = max(0, end - _LOOK)
        found = np.flatnonzero(block[begin:end] == _LINE_FEED)
        if len(found):
            return begin + int(found[-1]) + 1
    return 0


def warm() -> None:
    """Compile the kernel of this module."""
    split(np.frombuffer(bytearray(b"a,b\n"), np.uint8), ",", ["a", "b"], ["a"])


warmable(__name__)
