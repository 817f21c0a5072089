"""7z, by py7zr, which is an extra: its licence is the LGPL.

Members are unpacked one after another in the order in which they were packed, as a solid archive
demands, into memory only. py7zr's own extraction is passed by, because it refuses whole archives
for one unusual name; names are never paths here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from tidebreak.media.archive import CHUNK, Broken, Member, Visitor


def walk_7z(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a 7z archive."""
    try:
        import py7zr
        from py7zr.exceptions import PasswordRequired
    except ImportError:
        raise Broken(
            "7z archive, which needs the extra [7z]: its members were not examined"
        ) from None
    try:
        with py7zr.SevenZipFile(file) as archive:
            if archive.needs_password():
                _refuse(archive.files, visitor)
            else:
                _extract(archive, visitor)
    except PasswordRequired:
        raise Broken("encrypted with its list of members: none could be examined") from None


def _refuse(entries: Iterable[Any], visitor: Visitor) -> None:
    for entry in entries:
        if not entry.is_directory:
            visitor.unreadable(entry.filename, "encrypted: it could not be examined")


def _extract(archive: Any, visitor: Visitor) -> None:
    from py7zr.io import MemIO

    for entry in archive.files:
        if not entry.is_directory:
            archive.worker.register_filelike(entry.id, MemIO(entry.filename, _factory(visitor)))
    archive.worker.extract(archive.fp, None, parallel=False)


def _factory(visitor: Visitor) -> Any:
    from py7zr.io import Py7zIO, WriterFactory

    class Sink(Py7zIO):
        """Hands a member on while it is unpacked, and keeps nothing."""

        def __init__(self, member: Member) -> None:
            self._member, self._size = member, 0

        def write(self, s: bytes | bytearray) -> int:
            for at in range(0, len(s), CHUNK):
                self._member.write(bytes(s[at : at + CHUNK]))
            self._size += len(s)
            return len(s)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return 0

        def flush(self) -> None: ...

        def size(self) -> int:
            return self._size

        def close(self) -> None:
            self._member.close()

    class Factory(WriterFactory):
        """Begins a member when its turn comes."""

        def create(self, filename: str) -> Py7zIO:
            return Sink(visitor.member(filename))

    return Factory()
