"""zip, and everything that is a zip by another name: docx, apk, jar, epub, self-extractors.

PKWARE APPNOTE 6.3.10, with ZIP64, data descriptors and Info-ZIP's Unicode path field. Unlike the
standard library's reader this one goes on after a bad name, a wrong checksum or a missing
directory, and hands over what a damaged member holds: half a picture may still be recognised.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from tidebreak.media.archive import Broken, Visitor
from tidebreak.media.unpacking import UNPACKERS, Unpacked, unpack

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_MARK = b"PK\x03\x04"

_ENCRYPTED, _SIZE_FOLLOWS, _UTF8 = 0x0001, 0x0008, 0x0800
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_FIELD, _UNICODE_PATH_FIELD = 0x0001, 0x7075
_TAIL = 22 + 65535
_SCAN = 1 << 16

# The most unusual ones are named, so that a person knows which tool opens them.
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 93: "zstd", 97: "wavpack", 98: "ppmd"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A member as a header describes it; ``start`` is where its local header stands.

    ``packed`` is None when the size is not known before it has been unpacked.
    """

    name: str
    flags: int
    method: int
    crc: int
    packed: int | None
    size: int
    start: int


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where the central directory stands; ``base`` is added to every offset in it."""

    start: int
    size: int
    base: int


def walk_zip(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a zip archive; without a directory, from one member's header to the next."""
    directory = _find_directory(file)
    if directory is None:
        visitor.remark("damaged: its directory is missing, so members may be too")
        _salvage(file, visitor, 0, file.seek(0, 2))
        return
    spans = [(directory.start, directory.start + directory.size)]
    for entry in _entries(file, directory):
        visitor.beat()
        data = _data_start(file, entry)
        if data is not None:
            spans.append((entry.start, data + (entry.packed or 0)))
        if not entry.name.endswith("/") or entry.size:
            _member(file, entry, data, visitor)
    if _overlap(spans):
        visitor.remark("members lie over one another, as in a bomb")
    for start, end in _gaps(spans, file.seek(0, 2)):
        # Another archive may stand there, or the directory be a false one that hides the true.
        if _salvage(file, visitor, start, end):
            visitor.remark("its directory does not list every member; those too were examined")


def ends_like_zip(file: BinaryIO) -> bool:
    """Whether a zip archive with members stands at the end of ``file``, whatever is before it."""
    try:
        directory = _find_directory(file)
    except Broken:
        return True  # part of a split one
    except (OSError, ValueError, OverflowError, struct.error):
        return False  # places beyond any file: it only looks like one
    return directory is not None and directory.size > 0


# -- the directory


def _find_directory(file: BinaryIO) -> _Directory | None:
    length = file.seek(0, 2)
    tail_start = max(0, length - _TAIL)
    file.seek(tail_start)
    tail = file.read(_TAIL)
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if len(tail) - at >= _END.size:
            found = _directory_at(file, tail_start + at, _END.unpack_from(tail, at))
            if found is not None:
                return found
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return None


def _directory_at(file: BinaryIO, end: int, fields: tuple[int, ...]) -> _Directory | None:
    _, disk, first_disk, _, count, size, offset, _ = fields
    if _FULL16 in (disk, count) or _FULL32 in (size, offset):
        end, disk, count, size, offset = _zip64(file, end) or (end, disk, count, size, offset)
    if disk or first_disk not in (0, _FULL16):
        raise Broken("one part of an archive that is split: its members were not examined")
    start = end - size
    if start < offset:
        return None
    if count:
        file.seek(start)
        if file.read(4) != b"PK\x01\x02":
            return None
    return _Directory(start, size, start - offset)


def _zip64(file: BinaryIO, end: int) -> tuple[int, int, int, int, int] | None:
    if end < _LOCATOR64.size + _END64.size:
        return None
    file.seek(end - _LOCATOR64.size)
    mark, _, where, _ = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
    if mark != b"PK\x06\x07":
        return None
    # With something put before the archive, the record stands just before its locator instead.
    for place in (where, end - _LOCATOR64.size - _END64.size):
        file.seek(place)
        record = file.read(_END64.size)
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            fields = _END64.unpack(record)
            return place, fields[4], fields[7], fields[8], fields[9]
    return None


def _entries(file: BinaryIO, directory: _Directory) -> Iterator[_Entry]:
    at, end = directory.start, directory.start + directory.size
    while at + _CENTRAL.size <= end:
        file.seek(at)
        fields = _CENTRAL.unpack(file.read(_CENTRAL.size))
        if fields[0] != b"PK\x01\x02":
            raise Broken("damaged: its directory breaks off")
        _, _, _, flags, method, _, _, crc, packed, size = fields[:10]
        name_size, extra_size, comment_size, _, _, _, offset = fields[10:]
        name = file.read(name_size)
        extra = _extra(file.read(extra_size))
        wide = extra.get(_ZIP64_FIELD, b"")
        size, wide = _widened(size, wide)
        packed, wide = _widened(packed, wide)
        offset, wide = _widened(offset, wide)
        text = _name(name, flags, extra)
        yield _Entry(text, flags, method, crc, packed, size, directory.base + offset)
        at += _CENTRAL.size + name_size + extra_size + comment_size


def _extra(data: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        tag, length = struct.unpack_from("<HH", data, at)
        fields.setdefault(tag, data[at + 4 : at + 4 + length])
        at += 4 + length
    return fields


def _widened(value: int, wide: bytes) -> tuple[int, bytes]:
    if value != _FULL32 or len(wide) < 8:
        return value, wide
    return int.from_bytes(wide[:8], "little"), wide[8:]


def _name(name: bytes, flags: int, extra: dict[int, bytes]) -> str:
    unicode_path = extra.get(_UNICODE_PATH_FIELD, b"")
    if len(unicode_path) > 5 and unicode_path[1:5] == zlib.crc32(name).to_bytes(4, "little"):
        return unicode_path[5:].decode("utf-8", "surrogateescape")
    if flags & _UTF8:
        return name.decode("utf-8", "surrogateescape")
    try:
        # Many writers put UTF-8 without saying so; other code pages are hardly ever valid UTF-8.
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


def _overlap(spans: list[tuple[int, int]]) -> bool:
    spans.sort()
    return any(start < end for (_, end), (start, _) in pairwise(spans))


def _gaps(spans: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Yield what lies between the sorted ``spans``, and is long enough for a member."""
    at = 0
    for start, end in (*spans, (length, length)):
        if start - at > _LOCAL.size:
            yield at, start
        at = max(at, end)


# -- the members


def _data_start(file: BinaryIO, entry: _Entry) -> int | None:
    """Return where the data of a member begin; None when its local header is not there."""
    file.seek(entry.start)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(_LOCAL_MARK):
        return None
    name_size, extra_size = struct.unpack_from("<HH", header, 26)
    return entry.start + _LOCAL.size + name_size + extra_size


def _member(file: BinaryIO, entry: _Entry, data: int | None, visitor: Visitor) -> None:
    """Unpack the member whose data begin at ``data``."""
    if entry.flags & _ENCRYPTED:
        visitor.unreadable(entry.name, "encrypted: it could not be examined")
        return
    if entry.method not in UNPACKERS:
        method = _METHODS.get(entry.method, f"number {entry.method}")
        visitor.unreadable(entry.name, f"packed by a method that is not read here ({method})")
        return
    if data is None:
        visitor.unreadable(entry.name, "damaged: it is not where the directory says")
        return
    member = visitor.member(entry.name)
    done = unpack(file, data, entry.packed, entry.method, member)
    member.close(done.reason or _mismatch(entry, done))


def _mismatch(entry: _Entry, done: Unpacked) -> str:
    if entry.packed is None:
        return ""
    if done.size != entry.size:
        return f"damaged: it unpacks to {done.size:,} bytes instead of {entry.size:,}"
    return "" if done.crc == entry.crc else "damaged: its checksum is wrong"


def _salvage(file: BinaryIO, visitor: Visitor, start: int, end: int) -> int:
    """Walk from one member's header to the next; return how many members there were."""
    count = 0
    at = _next_header(file, start, end)
    while at is not None:
        visitor.beat()
        file.seek(at)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            break
        _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(header)
        name = file.read(name_size)
        wide = _extra(file.read(extra_size)).get(_ZIP64_FIELD, b"")
        size, wide = _widened(size, wide)
        packed, wide = _widened(packed, wide)
        known = None if flags & _SIZE_FOLLOWS and not packed else packed
        at += _LOCAL.size + name_size + extra_size
        if not name.endswith(b"/"):
            entry = _Entry(
                _name(name, flags, {}), flags, method, crc, known, size, at - _LOCAL.size
            )
            done = _salvaged(file, at, entry, visitor)
            at += done.consumed if done else known or 0
            count += 1
        at = _next_header(file, at, end)
    return count


def _salvaged(file: BinaryIO, start: int, entry: _Entry, visitor: Visitor) -> Unpacked | None:
    if entry.flags & _ENCRYPTED or entry.method not in UNPACKERS:
        visitor.unreadable(entry.name, "encrypted, or packed by a method that is not read here")
        return None
    member = visitor.member(entry.name)
    done = unpack(file, start, entry.packed, entry.method, member)
    member.close(done.reason or _mismatch(entry, done))
    return done


def _next_header(file: BinaryIO, at: int, end: int) -> int | None:
    """Return the place of the next local header at or after ``at``, and before ``end``."""
    while at < end:
        file.seek(at)
        block = file.read(min(_SCAN, end - at))
        found = block.find(_LOCAL_MARK)
        if found >= 0:
            return at + found
        if len(block) < _SCAN:
            return None
        at += _SCAN - 3
    return None
