"""What both halves of a torrent share: texts and numbers as found, hints, and what a half says."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.links.bencode import Value
from tidebreak.links.reference import NamedFile
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

Info = dict[bytes, Value]

_BTIH, _BTMH = SIGNAL_TYPES["btih"], SIGNAL_TYPES["btmh"]

EMPTY = "empty: nothing is ever recognised by an empty file"
"""Why nothing can be said of a file without bytes."""

# BEP 47 has sha1; md5sum is older; Shareaza writes ed2k and tiger, BitComet filehash.
_HINTS = {
    b"sha1": "sha1",
    b"filehash": "sha1",
    b"md5sum": "md5",
    b"ed2k": "ed2k",
    b"tiger": "tth",
}


@dataclass(frozen=True, slots=True)
class Half:
    """What the version 1 or version 2 half of a torrent says.

    ``files`` are without padding. ``faults`` say why it was not fully read, ``notes`` what is
    worth knowing.
    """

    files: tuple[NamedFile, ...]
    signals: tuple[Signal, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def listing(self) -> list[tuple[str, int | None]]:
        """Path and size of every file, which both halves of a hybrid torrent must agree on."""
        return [(file.path, file.size) for file in self.files]


def is_info(value: Value) -> bool:
    """Whether ``value`` is the info dictionary of a torrent by what is in it."""
    return isinstance(value, dict) and not value.keys().isdisjoint((b"pieces", b"file tree"))


def text_of(value: Value | None) -> str:
    """Return the text of a name; bytes that are not UTF-8 are shown as replacement characters."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def name_of(info: Info) -> str:
    """Return the name of the torrent, empty when it has none."""
    return text_of(info.get(b"name.utf-8", info.get(b"name")))


def size_of(value: Value | None) -> int | None:
    """Return a length in bytes, None when it is none."""
    return value if isinstance(value, int) and 0 <= value < 1 << 63 else None


def hints_of(file: Info) -> tuple[Signal, ...]:
    """Return what the author claims of a file's bytes, as raw bytes or hexadecimal."""
    return tuple(
        Signal(SIGNAL_TYPES[name], value)
        for key, name in _HINTS.items()
        if key in file and (value := _digest(file[key], SIGNAL_TYPES[name].length))
    )


def _digest(value: Value, length: int) -> bytes:
    if not isinstance(value, bytes):
        return b""
    if len(value) == 2 * length:
        try:
            return bytes.fromhex(value.decode("ascii"))
        except ValueError:
            return b""
    return value if len(value) == length else b""


def v2_signals(infohash: bytes) -> tuple[Signal, Signal]:
    """Return a version 2 infohash (32 bytes) and its cut to 20 bytes, as trackers see it."""
    return Signal(_BTMH, infohash), Signal(_BTIH, infohash[:20])
