"""What the pieces of a version 1 torrent of many files say of one of them (BEP 3, BEP 47).

Pieces are cut from all files laid end to end, so a piece says something of one file alone only
where it begins inside it and ends inside it, or in padding behind it, which is zero bytes. Then it
can be put to whoever lawfully holds a file: does it have these bytes there? No bytes, no answer.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from tidebreak.errors import UsageError
from tidebreak.links.reference import Alignment

LEAST = 64
"""Bytes that must be compared, unless they are the whole file: fewer may agree by accident."""

MOST_ZEROS = 1 << 30
"""Bytes of padding behind a file that are hashed with it: no piece in use is as long."""

_STEP = 1 << 20


class Alike(StrEnum):
    """What a file's bytes answer."""

    YES = "yes"
    NO = "no"
    TRIVIAL = "trivial"
    """Every byte compared is the same: that says nothing of any file."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a torrent: ``length`` bytes each of ``total``; ``hashes`` has 20 for each."""

    length: int
    total: int
    hashes: bytes

    @property
    def fit(self) -> bool:
        """Whether there are as many hashes as the length asks for."""
        return self.length > 0 and len(self.hashes) == 20 * -(-self.total // self.length)

    def of_file(self, start: int, size: int, padding: int) -> Alignment | None:
        """Return the first piece that speaks of one file alone, None when there is none.

        The file has ``size`` bytes from ``start`` on and ``padding`` zero bytes behind it. The
        piece may reach past the end of the file: the bytes there count as zeros.
        """
        skip = -start % self.length
        if skip >= size:
            return None
        length = min(self.length, self.total - start - skip)
        alone = skip + length <= size + min(padding, MOST_ZEROS)
        if not alone or min(size - skip, length) < min(LEAST, size):
            return None
        number = (start + skip) // self.length
        return Alignment(size, skip, length, self.hashes[20 * number : 20 * number + 20])


def chance(size: int, piece_length: int) -> float:
    """Return how likely a whole piece lies in a file that begins anywhere: 0 never, 1 always."""
    return min(1.0, max(0.0, (size - piece_length + 1) / piece_length))


def why_silent(size: int, piece_length: int) -> str:
    """Return why no piece speaks of a file of ``size`` bytes alone."""
    if size < piece_length:
        return (
            f"shorter ({size:,} bytes) than a piece ({piece_length:,}), and none speaks of it"
            " alone; only the torrent as a whole can be recognised"
        )
    return (
        f"no whole piece ({piece_length:,} bytes) lies in its {size:,} bytes where it begins;"
        f" from {2 * piece_length - 1:,} bytes on one always does"
    )


def compare(file: BinaryIO, question: Alignment) -> Alike:
    """Put ``question`` to a seekable ``file`` whose bytes the caller lawfully holds.

    A file of another size is another file: `Alike.NO`. Reads 1 MiB at a time. Raises `UsageError`
    for a question that no torrent asks.
    """
    inside = min(question.piece_length, question.size - question.skip)
    zeros = question.piece_length - inside
    if question.skip < 0 or inside <= 0 or zeros > MOST_ZEROS or len(question.sha1) != 20:
        raise UsageError("The piece must begin inside the file: check size, skip and piece length.")
    if file.seek(0, io.SEEK_END) != question.size:
        return Alike.NO
    file.seek(question.skip)
    digest, left, values = hashlib.sha1(usedforsecurity=False), inside, set[int]()
    while left:
        step = file.read(min(_STEP, left))
        if not step:
            return Alike.NO
        if len(values) < 2:
            values.update(step)
        digest.update(step)
        left -= len(step)
    for _ in range(zeros // _STEP):
        digest.update(bytes(_STEP))
    digest.update(bytes(zeros % _STEP))
    if digest.digest() != question.sha1:
        return Alike.NO
    return Alike.YES if len(values) > 1 else Alike.TRIVIAL


def aligned(file: BinaryIO, question: Alignment) -> bool:
    """Return whether `compare` says yes."""
    return compare(file, question) is Alike.YES
