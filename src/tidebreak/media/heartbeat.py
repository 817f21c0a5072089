"""One page of shared memory in which a worker says what it is at, at no cost per file.

The pool reads the page, never maps it: a worker gone wrong may shrink it under the reader's feet.
What stands there is used only to find a culprit and to see that time passes; it is never trusted.
"""

from __future__ import annotations

import mmap
import os
import struct
from dataclasses import dataclass

_PULSE = struct.Struct("<QQ")


@dataclass(frozen=True, slots=True)
class Pulse:
    """The job at hand (0: no single one) and a number that grows while work goes on."""

    token: int = 0
    beats: int = 0


class Heartbeat:
    """The worker's side, which takes over ``fd``."""

    def __init__(self, fd: int) -> None:
        self._page = mmap.mmap(fd, mmap.PAGESIZE)
        os.close(fd)
        self._token = self._beats = 0

    def working(self, token: int) -> None:
        """Turn to another job."""
        self._token = token
        self.beat()

    def beat(self) -> None:
        """Show that work goes on."""
        self._beats += 1
        _PULSE.pack_into(self._page, 0, self._token, self._beats)


def new_page() -> int:
    """Return the descriptor of a fresh page."""
    fd = os.memfd_create("tidebreak-heartbeat", os.MFD_CLOEXEC)
    os.ftruncate(fd, mmap.PAGESIZE)
    return fd


def read_pulse(fd: int) -> Pulse:
    """Return what stands in the page."""
    data = os.pread(fd, _PULSE.size, 0)
    return Pulse(*_PULSE.unpack(data)) if len(data) == _PULSE.size else Pulse()
