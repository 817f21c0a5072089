"""The last minutes of a stream as frames, and which known videos they resemble."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import FRAME, Records

WINDOW_MS = 90_000
_MOST_RECORDS = 40_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames that came together: records whose times count from ``base_ms``, and their hits.

    ``rows`` (int64) and ``entries`` (uint32), of one length: which record resembles which entry.
    """

    base_ms: int
    records: Records
    rows: NDArray[np.int64]
    entries: NDArray[np.uint32]

    @property
    def end_ms(self) -> int:
        """The time of the last frame."""
        return self.base_ms + int(self.records["time"][-1])


class Window:
    """Chunks in the order of time; what is older than the window is forgotten."""

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._count = 0

    def add(self, chunk: Chunk) -> None:
        """Take a chunk, not empty, and forget what is too old."""
        self._chunks.append(chunk)
        self._count += len(chunk.records)
        while len(self._chunks) > 1 and (
            chunk.end_ms - self._chunks[0].end_ms > WINDOW_MS or self._count > _MOST_RECORDS
        ):
            self._count -= len(self._chunks.popleft().records)

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """What there is, in order."""
        return tuple(self._chunks)

    @property
    def start_ms(self) -> int:
        """From when the times of `together` count."""
        return self._chunks[0].base_ms if self._chunks else 0

    def together(self) -> Records:
        """Return all frames as records in the order of time, from `start_ms` on."""
        parts: list[Records] = [np.empty(0, FRAME)]
        for chunk in self._chunks:
            part = chunk.records.copy()
            part["time"] += np.uint32(chunk.base_ms - self.start_ms)
            parts.append(part)
        return np.concatenate(parts)

    def hits(self, entries: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return rows of `together`, and entries, of the hits on any of ``entries``."""
        rows, found, before = [np.empty(0, np.int64)], [np.empty(0, np.uint32)], 0
        for chunk in self._chunks:
            chosen = np.isin(chunk.entries, entries)
            rows.append(chunk.rows[chosen] + before)
            found.append(chunk.entries[chosen])
            before += len(chunk.records)
        return np.concatenate(rows), np.concatenate(found)
