"""Open a file so that nothing happens but reading it: never a device, a pipe or a link."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import CannotRead

# O_NONBLOCK: a FIFO without a writer must not hang the one who opens it.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY

NO_PATH = "its path contains a zero byte: no file can have that name"

UNREADABLE = "could be read only up to byte"
"""Begins the reason of a file whose disk or share failed, perhaps only this once."""

_NOT_A_FILE = (
    (stat.S_ISLNK, "a symbolic link: what it points to is examined where it stands"),
    (stat.S_ISDIR, "a folder, not a file"),
    (stat.S_ISFIFO, "a named pipe (FIFO), not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a character device, not a file"),
    (stat.S_ISBLK, "a block device, not a file: make an image of it, or mount it read-only"),
)

_REASONS = {
    errno.ENOENT: "vanished before it could be read",
    errno.ENOTDIR: "vanished before it could be read: a folder on the way to it is gone",
    errno.EACCES: "permission to read it is missing",
    errno.EPERM: "permission to read it is missing",
    errno.ELOOP: _NOT_A_FILE[0][1],
    errno.ENXIO: "a device or socket that cannot be opened, not a file",
    errno.ENODEV: "a device that cannot be opened, not a file",
    errno.EIO: "the disk reports an error (input/output error)",
    errno.ESTALE: "the network share no longer has it (stale file handle)",
    errno.ENAMETOOLONG: "its path is too long for this system",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
}


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A regular file, open for reading. Whoever holds it closes ``fd``. Times in nanoseconds."""

    fd: int
    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int


def open_file(path: str | bytes | Path) -> OpenFile:
    """Open the regular file at ``path``, leaving its access time alone where that is allowed.

    Raises `CannotRead` with the reason when it is anything else or cannot be opened.
    """
    try:
        # Looked at before it is opened, since opening alone can make a device act (a tape rewinds).
        _must_be_a_file(os.lstat(path))
        fd = _open(path)
    except ValueError:
        raise CannotRead(NO_PATH) from None
    except OSError as error:
        raise CannotRead(why_not_opened(error)) from None
    return _described(fd)


def _open(path: str | bytes | Path) -> int:
    try:
        return os.open(path, _FLAGS | os.O_NOATIME)
    except PermissionError:
        # O_NOATIME is for the owner and root only.
        return os.open(path, _FLAGS)


def _described(fd: int) -> OpenFile:
    try:
        found = os.fstat(fd)
        # Once more, for a path that was swapped in between.
        _must_be_a_file(found)
    except BaseException:
        os.close(fd)
        raise
    return OpenFile(
        fd, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino
    )


def _must_be_a_file(found: os.stat_result) -> None:
    if what := why_no_file(found.st_mode):
        raise CannotRead(what)


def why_no_file(mode: int) -> str:
    """Return what something of this mode (``stat.st_mode``) is, empty for a regular file."""
    if stat.S_ISREG(mode):
        return ""
    return next((text for test, text in _NOT_A_FILE if test(mode)), "not a regular file")


def why_not_opened(error: OSError) -> str:
    """Return why a path cannot be opened or looked at."""
    number = error.errno or 0
    return _REASONS.get(number, f"cannot be opened ({os.strerror(number)})")
