"""The bytes of a stream as they come: from a pipe, or from a file that grows."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

_CHUNK = 1 << 16
_GROWTH_SECONDS = 0.1


class Arriving:
    """A readable object over a descriptor, which it takes over.

    ``follow`` waits at the end for more. ``idle`` is called when all that has arrived was read,
    before and after waiting.
    """

    name = ""

    def __init__(self, fd: int, *, follow: bool, idle: Callable[[], None]) -> None:
        self._fd, self._follow, self._idle = fd, follow, idle
        self._waiting = select.poll()
        self._waiting.register(fd, select.POLLIN | select.POLLHUP)
        self.ended = False
        self.bytes = 0

    def read(self, size: int = _CHUNK) -> bytes:
        """Return what there is, at least one byte; nothing at the end."""
        if not self._follow and not self._waiting.poll(0):
            self._idle()
            self._waiting.poll()
            self._idle()  # a long wait is not a long time without catching up
        data = os.read(self._fd, min(size, _CHUNK))
        while self._follow and not data:
            self._idle()
            time.sleep(_GROWTH_SECONDS)
            data = os.read(self._fd, min(size, _CHUNK))
        self.ended = not data
        self.bytes += len(data)
        return data

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._fd)
