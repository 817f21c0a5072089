"""tar: POSIX ustar and PAX, GNU and old ones, from a file or from a stream that is unpacked.

Read by the standard library, with its habits put right that would make a miss silent: it takes a
damaged header for the end of the archive, and drops what it has read of a member that is cut off.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, TypeVar, cast

from tidebreak.media.archive import CHUNK, Broken, Visitor, pour
from tidebreak.settings import MIB

_Header = TypeVar("_Header", bound=tarfile.TarInfo)

_WIDEST_GAP = 64 * MIB
"""Bytes between members that are searched for the next one."""

_SPECIAL = {
    tarfile.CHRTYPE: "a device, not a file",
    tarfile.BLKTYPE: "a device, not a file",
    tarfile.FIFOTYPE: "a named pipe, not a file",
}


class Stream(Protocol):
    """All that is needed of a stream."""

    def read(self, size: int, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end."""
        ...


def walk_tar(file: BinaryIO, visitor: Visitor) -> None:
    """Walk a tar archive that is not compressed."""
    walk_tar_stream(file, visitor)


def walk_tar_stream(stream: Stream, visitor: Visitor) -> None:
    """Walk a tar archive that can be read only once, from its beginning."""
    try:
        _walk(stream, visitor)
    except tarfile.TarError as error:
        raise Broken(f"damaged: {error}") from None


def _walk(stream: Stream, visitor: Visitor) -> None:
    watch = _Watch(visitor)

    class Header(tarfile.TarInfo):
        """A header that tells the watch what it turned out to be."""

        @classmethod
        def fromtarfile(cls, tarfile: tarfile.TarFile) -> Header:
            return watch.header(super().fromtarfile, tarfile)

    with tarfile.open(
        fileobj=cast("BinaryIO", stream),
        mode="r|",
        bufsize=CHUNK,
        tarinfo=Header,
        ignore_zeros=True,
        errors="surrogateescape",
    ) as archive:
        while (entry := archive.next()) is not None:
            # Or it would hold every header until the end.
            cast("Any", archive).members.clear()
            _member(archive, entry, visitor)


class _Source(Stream, Protocol):
    """The file inside a ``TarFile``."""

    def seek(self, position: int, /) -> int: ...


class _Watch:
    """Sees every header that the standard library reads, and speaks up where it would not."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._gap = 0
        self._ended = False

    def header(
        self, read: Callable[[tarfile.TarFile], _Header], archive: tarfile.TarFile
    ) -> _Header:
        self._visitor.beat()
        try:
            header = read(archive)
        except tarfile.HeaderError as error:
            self._not_a_header(error)
            raise
        self._gap, self._ended = 0, False
        return header

    def _not_a_header(self, error: tarfile.HeaderError) -> None:
        self._gap += tarfile.BLOCKSIZE
        if self._gap > _WIDEST_GAP:
            raise Broken(f"not examined beyond a gap of {_WIDEST_GAP:,} bytes without a member")
        match type(error).__name__:
            case "EOFHeaderError":
                self._ended = True
            case "EmptyHeaderError":
                if not self._ended:
                    self._visitor.remark("its end mark is missing: members may be, too")
            case "InvalidHeaderError":
                if not self._ended:
                    self._visitor.remark("damaged: read on from the next header that is valid")
            case _:
                self._visitor.remark("damaged: it is cut off in a header")


def _member(archive: tarfile.TarFile, entry: tarfile.TarInfo, visitor: Visitor) -> None:
    if entry.isdir() or entry.islnk() or entry.issym():
        # What a link points to is a member of its own, or is not in this archive.
        return
    if entry.type in _SPECIAL:
        visitor.unreadable(entry.name, _SPECIAL[entry.type])
        return
    member = visitor.member(entry.name)
    if entry.issparse():
        pour(cast("BinaryIO", archive.extractfile(entry)), member)
        member.close()
        return
    left = entry.size
    source = cast("_Source", archive.fileobj)
    source.seek(entry.offset_data)
    while left and (chunk := source.read(min(left, CHUNK))):
        left -= len(chunk)
        member.write(chunk)
    member.close(f"damaged: the last {left:,} bytes of it are missing" if left else "")
