"""Text files as blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from tidebreak.errors import BadList

_BLOCK = 2 << 20
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, the last one ended too; ``line`` is the number of the first, from 1."""

    line: int
    data: bytes

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line; bytes that are not UTF-8 become surrogates."""
        for number, line in enumerate(self.data.splitlines(), self.line):
            yield number, line.decode("utf-8", "surrogateescape")


def blocks(file: IO[bytes]) -> Iterator[Block]:
    """Yield ``file`` in blocks of lines that end in LF, CR LF or CR.

    Raises `BadList` for a line longer than 1 MiB: such a file holds no lines.
    """
    line, rest = 1, b""
    while chunk := file.read(_BLOCK):
        data = rest + chunk
        # A CR at the very end may be the first half of CR LF.
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
        data, rest = data[:end], data[end:]
        if len(rest) > _LONGEST_LINE:
            raise BadList("a line is longer than 1 MiB; this is no list of lines", line)
        if data:
            yield Block(line, data)
            line += _count(data)
    if rest:
        yield Block(line, rest if rest.endswith(b"\r") else rest + b"\n")


def _count(data: bytes) -> int:
    if b"\r" not in data:
        return data.count(b"\n")
    return len(data.splitlines())
