"""Delimited text to columns: a row is a line, and each is understood or counted.

Quotes are those of Python's ``csv`` module (RFC 4180): a field that begins with one ends with
one, and two of them inside stand for one. A quote that is still open at the end of its line would
swallow the rows behind it unseen, so the line is refused instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Bytes, Ints, readonly
from tidebreak.kernels import kernel, warmable
from tidebreak.sightings.texts import Texts

BLOCK = 1 << 23
"""Bytes that are read at a time; no line may be longer."""

REASONS = (
    "a row with fewer fields than columns",
    "a row with more fields than columns",
    "a row with a quote that is not closed",
)

_START, _PLAIN, _QUOTED, _CLOSED = 0, 1, 2, 3
"""Where in a field the reading is; ``_CLOSED``: behind a quote that was inside quotes."""
_LINE_FEED, _RETURN, _QUOTE = 10, 13, 34


@kernel
def _split(
    data: Bytes, delimiter: int, wanted: Ints, out: Bytes, offsets: Ints, wrong: Ints
) -> int:
    """Write the fields of whole lines and return how many rows are good.

    Column c of the text goes to row ``wanted[c]`` of ``out`` (K, len(data)) unless that is
    negative; ``offsets`` is (K, lines + 1); ``wrong`` counts what is in `REASONS`.
    """
    columns = len(wanted)
    ends = np.zeros(len(out), np.int64)
    rows, at = 0, 0
    while at < len(data):
        begin, column, state = at, 0, _START
        for k in range(len(out)):
            ends[k] = offsets[k, rows]
        while at < len(data) and data[at] != _LINE_FEED:
            byte = data[at]
            at += 1
            if byte == _RETURN and state != _QUOTED and (at == len(data) or data[at] == _LINE_FEED):
                break
            if state == _QUOTED:
                if byte == _QUOTE:
                    state = _CLOSED
                    continue
            elif byte == delimiter:
                column, state = column + 1, _START
                continue
            elif byte == _QUOTE and state == _START:
                state = _QUOTED
                continue
            elif byte == _QUOTE and state == _CLOSED:
                state = _QUOTED
            else:
                state = _PLAIN
            if column < columns and wanted[column] >= 0:
                out[wanted[column], ends[wanted[column]]] = byte
                ends[wanted[column]] += 1
        length = at - begin
        at += at < len(data) and data[at] == _LINE_FEED
        if not length or (length == 1 and data[begin] == _RETURN):
            continue
        if state == _QUOTED:
            wrong[2] += 1
        elif column != columns - 1:
            wrong[0 if column < columns - 1 else 1] += 1
        else:
            rows += 1
            for k in range(len(out)):
                offsets[k, rows] = ends[k]
    return rows


def split(
    data: bytes | bytearray | memoryview, delimiter: str, names: Sequence[str], used: Sequence[str]
) -> tuple[dict[str, Texts], dict[str, int]]:
    """Return the columns ``used`` of whole lines whose columns are ``names``, and the refused.

    Lines that are empty are no rows.
    """
    text = readonly(data)
    lines = int(np.count_nonzero(text == ord("\n"))) + 1
    wanted = np.array([used.index(n) if n in used else -1 for n in names], np.int64)
    out = np.empty((len(used), len(text)), np.uint8)
    offsets, wrong = np.zeros((len(used), lines + 1), np.int64), np.zeros(len(REASONS), np.int64)
    rows = _split(text, ord(delimiter), wanted, out, offsets, wrong)
    columns = {
        name: Texts(readonly(out[place]), offsets[place, : rows + 1])
        for place, name in enumerate(used)
    }
    refused = {
        reason: count for reason, count in zip(REASONS, wrong.tolist(), strict=True) if count
    }
    return columns, refused


def whole_lines(file: BinaryIO, before: bytes = b"") -> Iterator[bytes]:
    """Yield ``before`` and the rest of ``file`` in blocks that end where a line does."""
    rest = before
    while block := file.read(BLOCK - len(rest)):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
        if len(rest) >= BLOCK:
            raise UsageError("A line of this log is longer than any log has; is it text at all?")
    if rest:
        yield rest


def warm() -> None:
    """Compile the kernel of this module."""
    split(b"a,b\n", ",", ["a", "b"], ["a"])


warmable(__name__)
