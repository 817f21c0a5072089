"""A token bucket that survives the death of its process: how much may be asked for, and when.

Its state is 24 bytes of a mapped file, which the kernel keeps whatever happens to the process; a
loss of power may lose the last seconds. Where there is no state the bucket is empty, so that
nothing is gained by deleting it.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from tidebreak.errors import UsageError

_STATE = struct.Struct("<8sdd")
_MAGIC = b"TIDEBUC1"
_DAY = 86400.0
_MOST_OWED = 1e6


class Bucket:
    """Holds at most ``burst`` tokens; ``per_day`` of them come back in a day, evenly."""

    def __init__(
        self,
        per_day: int,
        burst: int,
        path: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open or make the state at ``path``; raises `UsageError` when that cannot be done."""
        self._rate, self._burst, self._clock = per_day / _DAY, float(burst), clock
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                os.ftruncate(handle, _STATE.size)
                self._state = mmap.mmap(handle, _STATE.size)
            finally:
                os.close(handle)
        except OSError as error:
            raise UsageError(
                f"{path} cannot be written ({error.strerror}); correct that."
            ) from None

        now = self._clock()
        self._keep(self._held(now), now)

    def take(self, tokens: int) -> float:
        """Take ``tokens`` and return 0, or take none and return in how many seconds they may be.

        More than the bucket holds are given when it is full, and owed.
        """
        now = self._clock()
        held = self._held(now)
        missing = min(float(tokens), self._burst) - held
        self._keep(held if missing > 0 else held - tokens, now)
        return max(missing / self._rate, 0.0)

    def _held(self, now: float) -> float:
        magic, held, since = _STATE.unpack_from(self._state)
        # Anything else, not-a-number included, is no state.
        if magic != _MAGIC or not -_MOST_OWED <= held <= self._burst or not since >= 0:
            return 0.0
        return min(held + max(now - since, 0.0) * self._rate, self._burst)

    def _keep(self, held: float, now: float) -> None:
        _STATE.pack_into(self._state, 0, _MAGIC, held, now)
