"""Bytes on their way in: written piece by piece to where nobody else finds them, never held whole.

Small ones stay in memory; larger ones go to a file without a name, which the kernel forgets with
the process: a crash leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path
from typing import Self

from tidebreak.errors import TidebreakError, UsageError

IN_MEMORY = 1 << 20
"""Bytes up to which nothing is written to a disk."""


class TooLarge(UsageError):
    """More bytes came than are taken."""


class NoRoom(TidebreakError):
    """The disk for what is on its way in is full: try again later."""


class Spool:
    """What was taken in so far; `close` forgets it. A context manager.

    It may be closed while another thread writes: that waits for the write, whose descriptor could
    by then be another file's.

    ``most`` is how many bytes are taken, ``folder`` where a file without a name may lie.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._fd = os.memfd_create("tidebreak-spool", os.MFD_CLOEXEC)
        self._in_memory = True
        self._turn = threading.Lock()
        self.size = 0

    def write(self, part: bytes) -> None:
        """Take the next bytes. Raises `TooLarge` or `NoRoom`; then only `close` is left."""
        with self._turn:
            self._write(part)

    def _write(self, part: bytes) -> None:
        size = self.size + len(part)
        if size > self._most:
            raise TooLarge(f"Send at most {self._most:,} bytes.")
        try:
            if self._in_memory and size > IN_MEMORY:
                self._move()
            view = memoryview(part)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
                raise
            raise NoRoom(
                f"The disk with {self._folder} is full or failing; make room there."
            ) from None
        self.size = size

    def open(self) -> int:
        """Return a descriptor of one's own, open for reading from the start."""
        return os.open(f"/proc/self/fd/{self._fd}", os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Forget everything."""
        with self._turn:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _move(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _unnamed(self._folder)
        try:
            done = 0
            while done < self.size:
                done += os.sendfile(file, self._fd, done, self.size - done)
        except BaseException:
            os.close(file)
            raise
        os.close(self._fd)
        self._fd, self._in_memory = file, False


async def pour(part: bytes, content: Spool) -> None:
    """Write the next bytes of ``content``, to a disk never in the event loop.

    Raises `TooLarge` and `NoRoom`.
    """
    if content.size + len(part) <= IN_MEMORY:
        content.write(part)
    else:
        await asyncio.to_thread(content.write, part)


def _unnamed(folder: Path) -> int:
    """Return a new file in ``folder`` that has no name, on file systems without such, no longer."""
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
            raise
    path = folder / f".{os.getpid()}-{os.urandom(8).hex()}"
    file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    path.unlink()
    return file
