"""A log as evidence: whose it is, under what authority, and that it is what was imported."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tidebreak.errors import CannotRead, UsageError
from tidebreak.locators import without
from tidebreak.sightings.records import Custody

_GZIP = b"\x1f\x8b"
_STATE = ("st_dev", "st_ino", "st_size", "st_mtime_ns")


def check_custody(custody: Custody) -> None:
    """Raise `UsageError` unless somebody holds the log under some authority."""
    if not custody.holder.strip() or not custody.authority.strip():
        raise UsageError(
            "Say who holds this log and under what authority: --holder NAME --authority TEXT"
            " (a warrant, a contract, a law)."
        )


class LogFile:
    """One log: its name, SHA-256 and size. Raises `CannotRead` where it is no readable file.

    ``done`` counts the bytes of the file that were read.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.done = path, 0
        try:
            if not path.is_file():
                raise CannotRead(f"{path} is not a file; name the log itself.")
            with path.open("rb") as file:
                self._state = _state(file)
                self._packed = file.read(2) == _GZIP
                file.seek(0)
                self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror}.") from None
        self.size = int(self._state[2])

    @property
    def name(self) -> str:
        """The file's name as text that can be kept: programs name some stores by an infohash."""
        return without(self.path.name.encode("utf-8", "replace").decode())

    @contextmanager
    def open(self) -> Generator[BinaryIO]:
        """Open the log, unpacked where gzip packed it; raise `CannotRead` if it changes."""
        with self.path.open("rb") as file:
            counted = io.BufferedReader(_Counting(file, self), 1 << 20)
            stream = gzip.GzipFile(fileobj=counted) if self._packed else counted
            try:
                yield stream  # pyright: ignore[reportReturnType] - both are binary files
            except (EOFError, zlib.error, gzip.BadGzipFile):
                raise CannotRead(
                    f"{self.path} breaks off or is damaged; obtain it again."
                ) from None
            if _state(file) != self._state:
                raise CannotRead(f"{self.path} changed while it was read; import it again.")


def _state(file: io.BufferedReader) -> tuple[int, ...]:
    status = os.fstat(file.fileno())
    return tuple(getattr(status, name) for name in _STATE)


class _Counting(io.RawIOBase):
    """Passes reads through and tells the log how far they have come."""

    def __init__(self, file: io.BufferedReader, log: LogFile) -> None:
        self._file, self._log = file, log

    @property
    def name(self) -> str:
        """The file's own name, which may say what nothing in it does."""
        return self._log.path.name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        count = self._file.readinto(buffer)
        self._log.done += count
        return count
