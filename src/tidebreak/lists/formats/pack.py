"""Hash packs: what a holder of media shares of it, without a picture (``docs/packs.md``).

JSON Lines, optionally packed with gzip: a header, one line per known item, and a last line that
counts them. Everything in the header that decides what hashes mean must be known here.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, cast

from tidebreak.errors import BadList, BadSignal
from tidebreak.hashing import regions
from tidebreak.lists.batch import BadRow, Batch
from tidebreak.lists.formats import Format, register
from tidebreak.lists.pack_entries import PackEntry, batches, from_json
from tidebreak.lists.source import Source
from tidebreak.reach import Reach

NAME = "tidebreak-pack"
VERSION = 1
PREPROC = "pdq-1"
"""The version of canonical pixels (``docs/pixels.md``) that hashes must have been made of."""

LONGEST_LINE = 32 << 20
"""Bytes of one line; a video of a day, seven hashes a second, still fits."""

_GZIP = b"\x1f\x8b"


def detect(source: Source) -> bool:
    """Whether the first line is JSON that names this format."""
    head = source.head
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 4096)
        except zlib.error:
            return False
    return f'"{NAME}"'.encode() in head.partition(b"\n")[0]


def table(reach: Reach) -> list[list[float]]:
    """Return code, left, top, right and bottom of each region, as a header spells them out."""
    return [[region.code, *region.part] for region in regions.regions_of(reach)]


def read(source: Source) -> Iterator[Batch]:
    """Yield the entries of ``source``; raises `BadList` when it is cut off or of another version.

    ``lines`` are those of the file.
    """
    with source.open_bytes() as file, _whole(source):
        lines = _lines(file, source)
        about = _header(next(lines, (1, b""))[1], source)
        boxes: list[list[Any]] = (about.get("regions") or {}).get("boxes", [])
        codes = frozenset(int(row[0]) for row in boxes)
        yield from batches(_items(lines, codes, source), about)


def _items(
    lines: Iterator[tuple[int, bytes]], codes: frozenset[int], source: Source
) -> Iterator[tuple[int, PackEntry | BadRow]]:
    for count, (number, line) in enumerate(lines):
        record = _object(line)
        if record is not None and "entries" in record and "id" not in record:
            _check_end(record, count, next(lines, None), source)
            return
        try:
            if record is None:
                raise BadSignal("not a JSON object")
            yield number, from_json(record, codes)
        except BadSignal as error:
            text = line[:10_000].decode("utf-8", "surrogateescape")
            yield number, BadRow(number, str(error), text)
    raise BadList(f"{source.path} is cut off: its last line, which counts the entries, is missing.")


@contextmanager
def _whole(source: Source) -> Generator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadList(f"{source.path} is damaged or cut off: obtain it again.") from None


def _lines(file: IO[bytes], source: Source) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each line that is not blank."""
    packed = source.head.startswith(_GZIP)
    stream = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file
    number = 0
    while line := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise BadList(f"line {number} is longer than {LONGEST_LINE >> 20} MiB", number)
        if line.strip():
            yield number, line


def _object(line: bytes) -> Mapping[str, Any] | None:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _header(line: bytes, source: Source) -> Mapping[str, Any]:
    """Return the header, once everything that decides what hashes mean is known."""
    header = _object(line) or {}
    if header.get("format") != NAME:
        raise BadList(f"{source.path} does not begin with the header of a hash pack.", 1)
    given: dict[str, tuple[object, object]] = {
        "version": (header.get("version"), VERSION),
        "preproc": (str(header.get("preproc", "")).partition("/")[0], PREPROC),
    }
    table_of = header.get("regions")
    if table_of is not None:
        named: Mapping[str, Any] = table_of if isinstance(table_of, dict) else {}
        given["regions"] = (named.get("version"), regions.VERSION)
    for name, (found, known) in given.items():
        if found != known:
            raise BadList(
                f"{source.path} is a hash pack with {name} {str(found)[:40]!r}, and {known!r} is"
                " what is known here; ask its owner for that, or use a newer Tidebreak.",
                1,
            )
    _check_table(table_of, source)
    return header


def _check_table(given: Any, source: Source) -> None:
    boxes = given.get("boxes") if given else []
    known = table(Reach.MANY)
    if not isinstance(boxes, list) or any(row not in known for row in boxes):
        raise BadList(
            f"{source.path} names regions that are not those of {regions.VERSION}; its owner must"
            " make it again with the table that it names.",
            1,
        )


def _check_end(record: Mapping[str, Any], lines: int, after: object, source: Source) -> None:
    if record["entries"] != lines or after is not None:
        raise BadList(
            f"{source.path} has {lines:,} entries before the line that counts them, and not as"
            " many as that says; obtain it again."
        )


register(Format("pack", "a hash pack of lawfully held media", 15, detect, read))
