"""The version 1 half of a torrent (BEP 3, BEP 47): one file, or a pack cut into common pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tidebreak.links.alignment import Pieces, why_silent
from tidebreak.links.reference import Alignment, NamedFile
from tidebreak.links.torrent_parts import EMPTY, Half, Info, hints_of, name_of, size_of, text_of
from tidebreak.model import Signal
from tidebreak.signals import SIGNAL_TYPES

_MISFIT = "the pieces do not fit the lengths of the files"


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of the torrent, padding too; ``size`` is None where it is not stated properly."""

    path: str
    size: int | None
    hints: tuple[Signal, ...] = ()
    padding: bool = False


def read(info: Info) -> Half:
    """Return what the version 1 keys of ``info`` say of its files, and its content key.

    The content key is SHA-256 over piece length and total length, unsigned 64-bit big-endian
    each, and ``pieces``: equal for equal bytes in equal pieces, whatever they are called.
    """
    parts, faults = _parts(info)
    pieces = _pieces(info, parts)
    if pieces is None:
        files = [NamedFile(p.path, p.size, hints=p.hints, silent=_MISFIT) for p in parts]
        return Half(tuple(files), faults=(*faults, _MISFIT))
    lengths = pieces.length.to_bytes(8) + pieces.total.to_bytes(8)
    key = Signal(SIGNAL_TYPES["btkey"], hashlib.sha256(lengths + pieces.hashes).digest())
    return Half(_files(parts, pieces), (key,) if pieces.total else (), faults)


def _parts(info: Info) -> tuple[list[_Part], tuple[str, ...]]:
    found = info.get(b"files")
    if not isinstance(found, list):
        part = _Part(name_of(info), size_of(info.get(b"length")), hints_of(info))
        return [part], () if part.size is not None else ("it has no files and no length",)
    parts = [_part(file) if isinstance(file, dict) else _Part("", None) for file in found]
    bad = sum(part.size is None or not part.path for part in parts)
    faults = (f"{bad:,} of its {len(found):,} files are not described properly",) if bad else ()
    if b"length" in info:
        faults += ("it has both one length and a list of files",)
    return parts, faults


def _part(file: Info) -> _Part:
    steps = file.get(b"path.utf-8", file.get(b"path"))
    path = "/".join(map(text_of, steps)) if isinstance(steps, list) else ""
    letters = file.get(b"attr")
    padding = isinstance(letters, bytes) and b"p" in letters
    # BitComet's padding has no letters, only a name.
    padding = padding or path.startswith("_____padding_file_")
    return _Part(path, size_of(file.get(b"length")), hints_of(file), padding)


def _pieces(info: Info, parts: Sequence[_Part]) -> Pieces | None:
    length, hashes = info.get(b"piece length"), info.get(b"pieces")
    sizes = [part.size for part in parts if part.size is not None]
    if len(sizes) < len(parts) or not isinstance(length, int) or not isinstance(hashes, bytes):
        return None
    pieces = Pieces(length, sum(sizes), hashes)
    return pieces if pieces.fit and max(length, pieces.total) < 1 << 63 else None


def _files(parts: Sequence[_Part], pieces: Pieces) -> tuple[NamedFile, ...]:
    """Return the files in order, each with the piece that speaks of it.

    Goes backwards, since what follows a file says how much padding it has.
    """
    files: list[NamedFile] = []
    start, padding = pieces.total, 0
    for part in reversed(parts):
        size = part.size or 0
        start -= size
        # Padding is shorter than a piece. What is called so and is not may be a file after all.
        if part.padding and size < pieces.length:
            padding += size
            continue
        files.append(_file(part, size, pieces.of_file(start, size, padding), pieces))
        padding = 0
    return tuple(reversed(files))


def _file(part: _Part, size: int, question: Alignment | None, pieces: Pieces) -> NamedFile:
    silent = "" if question else why_silent(size, pieces.length) if size else EMPTY
    return NamedFile(part.path, size, _whole(question), part.hints, question, silent)


def _whole(question: Alignment | None) -> tuple[Signal, ...]:
    """Return the SHA-1 of the file where a piece is exactly the file."""
    if question is None or question.skip or question.piece_length != question.size:
        return ()
    return (Signal(SIGNAL_TYPES["sha1"], question.sha1),)
