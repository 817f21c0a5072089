"""Files that are there whole or not at all, whatever happens while they are written.

What is written has another name in the same folder, ``.NAME.….partial``, until it is safely on
the disk. A process that is killed leaves what was there before, and at most such a file.
Everything here raises `OSError` as it comes: only the caller knows what its user is to do.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PRIVATE = 0o600
"""Rights of a file that nobody but its owner may read."""

SHARED = 0o666
"""Rights of a file that others may read where umask and folder let them."""

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_CANNOT_SYNC = (errno.EINVAL, errno.EBADF)


@contextmanager
def replacing(path: Path, mode: int = PRIVATE) -> Generator[IO[bytes]]:
    """Give a file to write, which takes the place of ``path`` once it is whole.

    ``mode`` are its rights, less the umask.
    """
    with _aside(path, mode, os.replace) as file:
        yield file


@contextmanager
def creating(path: Path, mode: int = PRIVATE) -> Generator[IO[bytes]]:
    """Give a file to write, which gets the name ``path`` once it is whole.

    Nothing is ever overwritten: raises `FileExistsError`, before anything is written if it can.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    with _aside(path, mode, _name) as file:
        yield file


def replace_whole(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Write ``data`` in place of what is at ``path``, if anything is (see `replacing`)."""
    with replacing(path, mode) as file:
        file.write(data)


def write_new(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Write ``data`` to ``path``, where nothing is yet (see `creating`)."""
    with creating(path, mode) as file:
        file.write(data)


@contextmanager
def as_text(file: IO[bytes]) -> Generator[IO[str]]:
    """Give a ``file`` that is being written as text in UTF-8, its line ends left alone."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    yield text
    text.detach()  # with what it still held; the file stays open


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` survive a loss of power, where its file system can."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def _aside(path: Path, mode: int, put: Callable[[Path, Path], None]) -> Generator[IO[bytes]]:
    partial = path.with_name(f".{path.name}.{os.urandom(4).hex()}.partial")
    try:
        with os.fdopen(os.open(partial, _NEW, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        put(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink()
    sync_folder(path.parent)


def _name(partial: Path, path: Path) -> None:
    """Give a file its name; unlike a renaming alone, this never takes another file's."""
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # FAT, as on most USB sticks, has no second names: take the name, then fill it
        os.close(os.open(path, _NEW, PRIVATE))
        partial.replace(path)
