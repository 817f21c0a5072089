"""Files that a caller names by their paths: opened only below folders that the operator named.

Every part of a path is opened on its own and no link is followed, so that nobody can lead a gate
elsewhere, not even by changing folders meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import CannotRead
from tidebreak.spool import Spool, pour

_DEEPEST = 64
_PIECE = 1 << 18
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Found:
    """A file below a path: a descriptor, the caller's to close, or why there is none (-1)."""

    path: str
    fd: int
    why: str = ""


class Roots:
    """The folders below which files may be named."""

    def __init__(self, roots: Sequence[Path]) -> None:
        self._roots = [(str(root), os.path.realpath(root)) for root in roots]

    def open(self, path: str) -> int:
        """Return a descriptor of the file or folder at an absolute ``path``, the caller's to close.

        Raises `CannotRead`, which names nothing: what is outside looks like what is not there.
        """
        parts = self._inside(path)
        fd = os.open(parts[0], _FOLDER)
        try:
            for number, part in enumerate(parts[1:], 2):
                fd = _stepped(fd, part, last=number == len(parts))
        except OSError as error:
            os.close(fd)
            raise CannotRead(_why(error)) from None
        return fd

    def _inside(self, path: str) -> tuple[str, ...]:
        """Return the root that ``path`` is below, and the parts from there on."""
        for named, real in self._roots:
            if path == named or path.startswith(named.rstrip("/") + "/"):
                parts = [part for part in path[len(named) :].split("/") if part not in ("", ".")]
                if ".." not in parts and "\0" not in path:
                    return (real, *parts)
        raise CannotRead("No such file or directory")


def files_in(fd: int, path: str, depth: int = 0) -> Generator[Found]:
    """Yield every regular file in the folder ``fd``, which is closed at the end.

    Links are passed over; what is no file, too deep or cannot be opened is found with its reason.
    """
    try:
        for entry in sorted(os.listdir(fd)):
            yield from _below(fd, entry, f"{path.rstrip('/')}/{entry}", depth)
    finally:
        os.close(fd)


def _below(folder: int, name: str, path: str, depth: int) -> Generator[Found]:
    try:
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(kind):
            return
        if stat.S_ISDIR(kind) and depth < _DEEPEST:
            yield from files_in(os.open(name, _FOLDER, dir_fd=folder), path, depth + 1)
        elif stat.S_ISREG(kind):
            yield Found(path, os.open(name, _FILE, dir_fd=folder))
        else:
            why = "Folders are nested too deep" if stat.S_ISDIR(kind) else "Not a file"
            yield Found(path, -1, why)
    except OSError as error:
        yield Found(path, -1, _why(error))


def is_folder(fd: int) -> bool:
    """Whether a descriptor is of a folder."""
    return stat.S_ISDIR(os.fstat(fd).st_mode)


async def take(fd: int, content: Spool) -> None:
    """Copy the file ``fd`` into ``content``, from its beginning wherever it stands.

    Raises `CannotRead` for what is no regular file or cannot be read, `TooLarge`, `NoRoom`.
    """
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise CannotRead("Not a file")
    done = 0
    while part := await asyncio.to_thread(_piece, fd, done):
        await pour(part, content)
        done += len(part)


def _piece(fd: int, start: int) -> bytes:
    try:
        return os.pread(fd, _PIECE, start)
    except OSError as error:
        raise CannotRead(_why(error)) from None


def _stepped(fd: int, part: str, *, last: bool) -> int:
    """Open ``part`` of the folder ``fd``, which is closed once that worked."""
    made = os.open(part, _FILE if last else _FOLDER, dir_fd=fd)
    os.close(fd)
    return made


def _why(error: OSError) -> str:
    return (error.strerror or "it cannot be read").rstrip(".")
