"""What eMule's ``.met`` files share: tags, hash sets, and what the tags say of a file.

Source: amule-project/amule, ``src/Tag.cpp``, ``src/include/tags/FileTags.h``,
``src/KnownFile.cpp``. A tag is a type, a name (one byte, or a text) and a value; numbers are
little-endian. Tags that nobody needs are read over, since the next one begins where they end.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tidebreak.errors import BadLink, BadSignal
from tidebreak.links.equalities import with_equals
from tidebreak.links.reference import NamedFile
from tidebreak.links.stores.reader import Reader
from tidebreak.links.torrent_parts import size_of
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

NAME, SIZE, SIZE_HIGH = b"\x01", b"\x02", b"\x3a"
TRANSFERRED = b"\x08"
UP_PRIORITY = b"\x19"
AICH = b"\x27"
LAST_SEEN = b"\x28"
LAST_SHARED = b"\x34"
SENT, REQUESTED, ACCEPTED, SENT_HIGH = b"\x50", b"\x51", b"\x52", b"\x54"

_PRIORITIES = {0: "low", 1: "normal", 2: "high", 3: "release", 4: "very low", 5: "auto",
               6: "power share"}  # fmt: skip

_HASH_SIZE = 16
_NEW_STYLE = 0x80
"""Added to a type whose name is one byte and is not preceded by its length."""
_SHORT_TEXTS = range(0x11, 0x21)
"""Types of texts of 1 to 16 bytes."""

Value = int | bytes | None
Tags = Mapping[bytes, Value]
"""The first value of each name; None for values of a kind that nothing here needs."""


def _boolean_array(source: Reader) -> None:
    # One byte more than needed, as eMule has always written it.
    source.skip(source.u16() // 8 + 1)


_READ: dict[int, Callable[[Reader], Value]] = {
    0x01: lambda source: source.take(_HASH_SIZE),
    0x02: lambda source: source.take(source.u16()),
    0x03: Reader.u32,
    0x04: lambda source: source.skip(4),
    0x05: lambda source: source.skip(1),
    0x06: _boolean_array,
    0x07: lambda source: source.skip(source.u32()),
    0x08: Reader.u16,
    0x09: Reader.u8,
    0x0A: lambda source: source.skip(source.u8()),
    0x0B: Reader.u64,
}


def read_tags(source: Reader) -> tuple[dict[bytes, Value], str]:
    """Read a count and so many tags, up to the first defect, which is returned, too."""
    tags: dict[bytes, Value] = {}
    try:
        for _ in range(source.u32()):
            name, value = _tag(source)
            # Of two names the first is the one in UTF-8.
            if tags.get(name) in (None, b""):
                tags[name] = value
    except BadLink as error:
        return tags, str(error)
    return tags, ""


def _tag(source: Reader) -> tuple[bytes, Value]:
    kind = source.u8()
    if kind & _NEW_STYLE:
        kind, name = kind & ~_NEW_STYLE, source.take(1)
    else:
        name = source.take(source.u16())
    return name, _value(source, kind)


def _value(source: Reader, kind: int) -> Value:
    if kind in _SHORT_TEXTS:
        return source.take(kind - _SHORT_TEXTS.start + 1)
    read = _READ.get(kind)
    if read is None:
        raise BadLink(f"a tag of the unknown type {kind:#04x}, whose end cannot be told")
    return read(source)


def read_hash_set(source: Reader) -> bytes:
    """Read a file's hash and pass over those of its parts; raises `BadLink`."""
    value = source.take(_HASH_SIZE)
    source.skip(_HASH_SIZE * source.u16())
    return value


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the tags of a file say of its sharing; None where they do not."""

    uploaded: int | None
    requests: int | None
    accepts: int | None
    priority: str


def number(tags: Tags, name: bytes) -> int | None:
    """Return the number called ``name``, None when there is none."""
    value = tags.get(name)
    return value if isinstance(value, int) else None


def text(tags: Tags, name: bytes) -> str:
    """Return the text called ``name``, empty when there is none."""
    value = tags.get(name)
    if not isinstance(value, bytes):
        return ""
    try:
        return value.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError:
        # An old eMule writes the code page of its machine and does not say which that was.
        return value.decode("latin-1")


def named_file(ed2k: bytes, tags: Tags) -> NamedFile:
    """Return the file with this ed2k hash (16 bytes) that ``tags`` describe."""
    signals = [Signal(SIGNAL_TYPES["ed2k"], ed2k)]
    aich = _aich(tags)
    if aich is not None:
        signals.append(aich)
    size = size_of(wide(tags, SIZE, SIZE_HIGH))
    return NamedFile(text(tags, NAME), size, with_equals(signals, size))


def _aich(tags: Tags) -> Signal | None:
    try:
        return Signal.parse("aich", text(tags, AICH))
    except BadSignal:
        return None


def statistics(tags: Tags) -> Statistics:
    """Return what ``tags`` say of the sharing of a file."""
    priority = number(tags, UP_PRIORITY)
    return Statistics(
        wide(tags, SENT, SENT_HIGH),
        number(tags, REQUESTED),
        number(tags, ACCEPTED),
        "" if priority is None else _PRIORITIES.get(priority, str(priority)),
    )


def wide(tags: Tags, low: bytes, high: bytes) -> int | None:
    """Return a number whose upper 32 bits stand in a tag of their own."""
    value = number(tags, low)
    return value if value is None else value + ((number(tags, high) or 0) << 32)
