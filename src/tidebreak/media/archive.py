"""What all archive formats share: who is told of the members, and what the walk may cost.

A format is one function ``walk(file, visitor)`` that reads from ``file`` and pushes what it finds
into the visitor, member by member, in memory: nothing is ever unpacked onto a disk, and names of
members are text for people, never paths. A limit that is reached raises `LimitReached`; damage
raises whatever the reader raises, and `Broken` where this code notices it itself. Both end
the walk of that one archive and become its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import BinaryIO, Protocol

from tidebreak.settings import MIB, Limits

CHUNK = 1 << 20
"""Bytes unpacked at a time."""

_FREE = 64 * MIB
"""Unpacked bytes below which no ratio makes a bomb: a plain white bitmap packs 1,000 to 1."""


class Member(Protocol):
    """One member on its way through."""

    def write(self, chunk: bytes, /) -> None:
        """Take the next bytes of it."""
        ...

    def close(self, reason: str = "") -> None:
        """It is complete; ``reason`` says in what it is not."""
        ...


class Visitor(Protocol):
    """What a walk reports to."""

    def member(self, name: str) -> Member:
        """Begin the member called ``name``; the one before it is closed."""
        ...

    def unreadable(self, name: str, reason: str) -> None:
        """Note a member that cannot be read, and why."""
        ...

    def remark(self, reason: str) -> None:
        """Note a defect of the archive that does not end the walk."""
        ...

    def beat(self) -> None:
        """Show that work goes on; raises `LimitReached` when the time is up."""
        ...


Walk = Callable[[BinaryIO, Visitor], None]


class Broken(Exception):
    """The archive cannot be read on; ``str(error)`` is the reason."""


class LimitReached(Exception):
    """The walk of the archive that ``meter`` measures must end; ``str(error)`` is the reason."""

    def __init__(self, meter: Meter, reason: str) -> None:
        super().__init__(reason)
        self.meter = meter


class Meter:
    """What the walk of one archive has cost; what a nested one costs counts for both."""

    def __init__(self, packed: int, limits: Limits, parent: Meter | None = None) -> None:
        self._packed, self._limits, self._parent = max(1, packed), limits, parent
        self._members = self._unpacked = 0
        self._deadline = parent._deadline if parent else time.monotonic() + limits.archive_seconds

    def member(self) -> None:
        """Count a member."""
        if self._parent:
            self._parent.member()
        if self._members >= self._limits.archive_members:
            raise self._stop(f"it has more than {self._members:,} members")
        self._members += 1

    def unpacked(self, count: int) -> None:
        """Count ``count`` unpacked bytes."""
        if self._parent:
            self._parent.unpacked(count)
        self._unpacked += count
        if self._unpacked > self._limits.archive_bytes:
            raise self._stop(f"it unpacks to more than {self._limits.archive_bytes:,} bytes")
        most = max(_FREE, self._packed * self._limits.archive_ratio)
        if self._unpacked > most:
            ratio = self._limits.archive_ratio
            raise self._stop(f"it unpacks to more than {ratio} times its size, as a bomb does")
        self.check_time()

    def check_time(self) -> None:
        """Raise `LimitReached` when the time for the top-level archive is over."""
        if time.monotonic() > self._deadline:
            top = self
            while top._parent:
                top = top._parent
            seconds = self._limits.archive_seconds
            raise LimitReached(top, top._ended(f"its walk took more than {seconds:.0f} s"))

    def _stop(self, why: str) -> LimitReached:
        return LimitReached(self, self._ended(why))

    def _ended(self, why: str) -> str:
        return f"{why}: not examined beyond member {self._members:,}"


def pour(stream: BinaryIO, member: Member) -> None:
    """Read ``stream`` to its end into ``member``, which is left open."""
    while chunk := stream.read(CHUNK):
        member.write(chunk)
