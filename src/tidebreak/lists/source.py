"""A list file being read: its bytes, its encoding, and how far the reading has come."""

from __future__ import annotations

import codecs
import hashlib
import io
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tidebreak.errors import BadList
from tidebreak.signals import SignalType

HEAD = 65_536

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Source:
    """One file of a list.

    ``done`` counts the bytes consumed so far. ``type`` is the signal type of bare values where
    the caller said one.
    """

    def __init__(self, path: Path, type: SignalType | None = None) -> None:
        self.path = path
        self.type = type
        self.done = 0
        try:
            if not path.is_file():
                raise BadList(f"{path} is not a file; give a list that is a regular file.")
            with path.open("rb") as file:
                self._state = _state(file)
                self.head = file.read(HEAD)
                file.seek(0)
                self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise BadList(f"{path} cannot be read: {error.strerror}.") from None
        self.size = self._state.size
        self.encoding, self._bom = _encoding(self.head)

    def text_head(self) -> str:
        """Return the beginning of the file as text."""
        return self.head[self._bom :].decode(self.encoding, "replace")

    @contextmanager
    def open_bytes(self) -> Generator[IO[bytes]]:
        """Open the file as UTF-8 without byte order mark, whatever it is written in."""
        with self.path.open("rb", buffering=0) as file:
            file.seek(self._bom)
            self.done = 0
            counted = _Counting(file, self)
            buffered = io.BufferedReader(counted, 1 << 20)
            with self._no_bad_text():
                if self.encoding == "utf-8":
                    yield buffered
                else:
                    yield codecs.EncodedFile(  # pyright: ignore[reportReturnType]
                        buffered, "utf-8", self.encoding
                    )
        self._refuse_change()

    @contextmanager
    def open_text(self) -> Generator[IO[str]]:
        """Open the file as text; line ends stay as they are.

        Bytes that are not UTF-8 become lone surrogates (PEP 383), so nothing is lost.
        """
        with self.path.open("rb", buffering=0) as file:
            file.seek(self._bom)
            self.done = 0
            buffered = io.BufferedReader(_Counting(file, self), 1 << 20)
            text = io.TextIOWrapper(buffered, self.encoding, "surrogateescape", newline="")
            with self._no_bad_text():
                yield text
        self._refuse_change()

    @contextmanager
    def _no_bad_text(self) -> Generator[None]:
        try:
            yield
        except UnicodeError:
            raise BadList(
                f"{self.path} is not text in {self.encoding}, as its first bytes say; convert it."
            ) from None

    def advance(self, count: int) -> None:
        """Note that ``count`` more bytes were read; raise `BadList` when the file has grown."""
        self.done += count
        if self.done + self._bom > self.size:
            raise self._changed()

    def _refuse_change(self) -> None:
        with self.path.open("rb") as file:
            if _state(file) != self._state:
                raise self._changed()

    def _changed(self) -> BadList:
        return BadList(f"{self.path} changed while it was read; import it again.")


@dataclass(frozen=True, slots=True)
class _State:
    device: int
    inode: int
    size: int
    modified_ns: int


def _state(file: IO[bytes]) -> _State:
    status = os.fstat(file.fileno())
    return _State(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _encoding(head: bytes) -> tuple[str, int]:
    """Return the encoding that the byte order mark names, and the mark's length."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, len(mark)
    return "utf-8", 0


class _Counting(io.RawIOBase):
    """Passes reads through and counts the bytes."""

    def __init__(self, file: IO[bytes], source: Source) -> None:
        self._file = file
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        count = self._file.readinto(buffer)  # pyright: ignore[reportAttributeAccessIssue]
        self._source.advance(count)
        return count
