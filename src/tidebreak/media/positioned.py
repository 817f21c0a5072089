"""Reading through a descriptor whose offset other processes share."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator


class PositionedFile(io.RawIOBase):
    """The first ``size`` bytes behind ``fd`` as a file object that never moves the shared offset.

    Closing it leaves the descriptor open.
    """

    def __init__(self, fd: int, size: int) -> None:
        self._fd, self._size, self._at = fd, size, 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the offset in bytes at which the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move; raises ``ValueError`` for a place before the beginning."""
        to = (0, self._at, self._size)[whence] + offset
        if to < 0:
            raise ValueError("before the beginning of the file")
        self._at = to
        return to

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, all that are left when it is negative."""
        left = max(0, self._size - self._at)
        data = os.pread(self._fd, left if size < 0 else min(size, left), self._at)
        self._at += len(data)
        return data

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill ``buffer`` as far as one read goes; return the number of bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def chunks(fd: int, size: int, most: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes behind ``fd``, ``most`` at a time; fewer if it ends earlier.

    Raises ``OSError`` as the system does.
    """
    at = 0
    while at < size and (chunk := os.pread(fd, min(most, size - at), at)):
        yield chunk
        at += len(chunk)


def change(fd: int, size: int, seen: int) -> str:
    """Return how a file of ``size`` bytes of which ``seen`` came has changed, empty if not."""
    if seen < size:
        return f"changed while it was read: it ended after {seen:,} bytes"
    if os.pread(fd, 1, seen):
        return f"changed while it was read: it grew beyond {seen:,} bytes"
    return ""
