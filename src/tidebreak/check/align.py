"""Alignment queries as lines of JSON, answered from files that are lawfully held.

A line is one query, or what ``tidebreak check --json`` prints, whose files carry theirs. An answer
says yes or no and nothing of the file that gave it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from tidebreak.check.held import HeldFiles
from tidebreak.errors import BadLink, UsageError
from tidebreak.links.alignment import Alike
from tidebreak.links.reference import Alignment
from tidebreak.links.values import writable

_LONGEST = 64 << 20
_NUMBERS = ("size", "skip", "piece_length")


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one query; ``line`` (from 1) and ``path`` say where it stood."""

    line: int
    path: str
    answer: Alike


def answer_all(stream: BinaryIO, held: HeldFiles) -> list[Answered]:
    """Return the answers to all queries in ``stream``; raises `BadLink` for a line that is none.

    Every line is read before the first file is opened.
    """
    asked = list(_queries(stream))
    try:
        return [Answered(line, path, held.answer(query)) for line, path, query in asked]
    except UsageError as error:
        raise BadLink(str(error)) from None


def _queries(stream: BinaryIO) -> Iterator[tuple[int, str, Alignment]]:
    for number, line in enumerate(iter(lambda: stream.readline(_LONGEST), b""), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            found = list(_of_record(record))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise BadLink(
                f"Line {number} is no alignment query: it needs size, skip, piece_length and sha1,"
                " or is what tidebreak check --json prints."
            ) from None
        yield from ((number, path, query) for path, query in found)


def _of_record(record: dict[str, Any]) -> Iterator[tuple[str, Alignment]]:
    if "files" not in record:
        yield writable(str(record.get("path", ""))), _alignment(record)
        return
    for file in record["files"]:
        if "alignment" in file:
            yield writable(str(file["path"])), _alignment(file["alignment"])


def _alignment(record: dict[str, Any]) -> Alignment:
    size, skip, length = (record[name] for name in _NUMBERS)
    if not all(isinstance(n, int) and 0 <= n < 1 << 63 for n in (size, skip, length)):
        raise ValueError
    sha1 = bytes.fromhex(record["sha1"])
    if not (skip < size and length and len(sha1) == 20):
        raise ValueError
    return Alignment(size, skip, length, sha1)
