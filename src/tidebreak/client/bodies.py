"""What is to be sent, from wherever it comes, block by block: nothing is held whole."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from tidebreak.errors import UsageError
from tidebreak.spool import Spool

BLOCK = 1 << 18
"""Bytes that are read and sent at once."""


@runtime_checkable
class Readable(Protocol):
    """A file that is open in binary mode."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes, none at the end."""
        ...


Content = str | os.PathLike[str] | bytes | Readable | Spool | Iterable[bytes] | AsyncIterable[bytes]
"""A path, bytes, a file open in binary mode, a spool, or an iterator of blocks, async ones too."""


@dataclass(frozen=True, slots=True)
class _File:
    """What can be read; ``again``: from its start as often as one likes."""

    open: Callable[[], AbstractContextManager[Readable]]
    size: int | None = None
    again: bool = True


class Body:
    """The content of one call, for as many tries as it allows."""

    def __init__(self, content: Content) -> None:
        self._source = content if isinstance(content, AsyncIterable) else _source(content)
        self._begun = False

    @property
    def size(self) -> int | None:
        """The size in bytes, None where nobody knows it before the end."""
        return self._source.size if isinstance(self._source, _File) else None

    @property
    def spent(self) -> bool:
        """Whether it has been begun and cannot be sent from its start once more."""
        again = isinstance(self._source, _File) and self._source.again
        return self._begun and not again

    def blocks(self, check: Callable[[], None]) -> Iterator[bytes]:
        """Yield the content from its start; ``check`` is called before every block."""
        if isinstance(self._source, AsyncIterable):
            raise UsageError("An async iterator can only be sent by the AsyncClient; use that.")
        self._begun = True
        for block in self._source if not isinstance(self._source, _File) else _read(self._source):
            check()
            yield block

    async def blocks_async(self) -> AsyncIterator[bytes]:
        """The same, and the event loop is not held up while a disk is read."""
        self._begun = True
        if isinstance(self._source, Iterable):
            for block in self._source:
                yield block
            return
        async for block in (
            _read_async(self._source) if isinstance(self._source, _File) else self._source
        ):
            yield block


def _read(file: _File) -> Iterator[bytes]:
    with file.open() as stream:
        left = file.size
        while block := _next(stream):
            left = _left(left, len(block))
            yield block
        _left(left, None)


async def _read_async(file: _File) -> AsyncIterator[bytes]:
    if file.size is not None and file.size <= BLOCK:  # too little to hold anything up
        for block in _read(file):
            yield block
        return
    from anyio.to_thread import run_sync

    with await run_sync(file.open) as stream:
        left = file.size
        while block := await run_sync(_next, stream):
            left = _left(left, len(block))
            yield block
        _left(left, None)


def _left(left: int | None, read: int | None) -> int | None:
    """Return what is left of a size that was promised; ``read`` is None at the end."""
    if left is None:
        return None
    left -= read or 0
    if left < 0 or (read is None and left):
        raise UsageError(
            "The content is longer or shorter than when it was begun to be sent; send it again."
        )
    return left


def _next(stream: Readable) -> bytes:
    try:
        return stream.read(BLOCK)
    except OSError as error:
        raise UsageError(f"The content cannot be read to its end ({error.strerror}).") from None


def _source(content: object) -> _File | Iterable[bytes]:
    """Return how to get at ``content``; raises `UsageError` for what is none."""
    if isinstance(content, bytes):
        return _File(lambda: io.BytesIO(content), len(content))
    if isinstance(content, Spool):
        return _File(lambda: io.FileIO(content.open()), content.size)
    if isinstance(content, str | os.PathLike):
        return _File(lambda: _opened(Path(content)), _size_at(content))
    if isinstance(content, io.IOBase) and content.seekable():
        start = content.tell()
        size = content.seek(0, os.SEEK_END) - start
        content.seek(start)
        return _File(lambda: _rewound(content, start), size)
    if isinstance(content, Readable):
        return _File(lambda: nullcontext(content), again=False)
    if isinstance(content, Iterable):
        return content  # pyright: ignore[reportUnknownVariableType] - what it yields is sent
    raise UsageError("Give a path, bytes, a file open in binary mode, or an iterator of blocks.")


def _size_at(path: str | os.PathLike[str]) -> int | None:
    """Return the size of an ordinary file; nobody knows that of a pipe, or of what has no bytes."""
    try:
        found = os.stat(path)  # noqa: PTH116 - what is a path is asked when it is opened
    except OSError:
        return None
    return found.st_size or None if stat.S_ISREG(found.st_mode) else None


def _opened(path: Path) -> io.FileIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); name another file.") from None


def _rewound(file: io.IOBase, start: int) -> AbstractContextManager[Readable]:
    file.seek(start)
    assert isinstance(file, Readable)
    return nullcontext(file)
