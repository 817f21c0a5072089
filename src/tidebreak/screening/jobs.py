"""Jobs on their way from those who wait for them to the thread that owns the workers.

What waits is bounded by number and by bytes: whoever comes when it is full is told at once when
to come back, and what was taken is not made to wait behind what is large.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from tidebreak.media.pool import Job
from tidebreak.screens import Overloaded
from tidebreak.settings import GIB, MIB

LARGE = 32 * MIB
"""Bytes from which a job may hold a worker for long: one worker is always left to the others."""

MOST_BYTES = 4 * GIB
_MOST_SECONDS = 60


class Jobs:
    """An iterator without end for `tidebreak.media.pool.WorkerPool.examine`.

    ``workers`` is how many there are, ``most`` how many jobs are taken at a time, ``most_bytes``
    how many bytes. `put`, `drop` and `close` may be called from any thread.
    """

    def __init__(
        self,
        workers: int,
        most: int,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers, self._most, self._most_bytes = workers, most, most_bytes
        self._clock = clock
        self._turn = threading.Lock()
        self._small: deque[Job] = deque()
        self._large: deque[Job] = deque()
        self._taken: dict[int, tuple[Job, float]] = {}
        self._out: set[int] = set()
        self._bytes = 0
        self._seconds = 0.0
        self._closed = self._paused = False
        self.wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def __iter__(self) -> Iterator[Job | None]:
        return self

    def __next__(self) -> Job | None:
        """Return the next job for a worker, None when there is none now."""
        with self._turn:
            if self._closed or self._paused:
                self._paused = False
                raise StopIteration
            job = self._chosen()
            if job is not None:
                self._out.add(job.token)
                self._taken[job.token] = (job, self._clock())
            return job

    def put(self, job: Job, *, again: bool = False) -> None:
        """Take a job, whose descriptor is ours from now on; raises `Overloaded` with it closed.

        One that comes ``again`` is always taken: it has waited before.
        """
        with self._turn:
            full = len(self._taken) >= self._most or (
                self._taken and self._bytes + job.size > self._most_bytes
            )
            if self._closed or (full and not again):
                os.close(job.fd)
                raise Overloaded(self._wait())
            self._taken[job.token] = (job, 0.0)
            self._bytes += job.size
            (self._large if job.size >= LARGE else self._small).append(job)
        os.eventfd_write(self.wake, 1)

    def drop(self, token: int) -> None:
        """Forget a job that nobody waits for any more, unless a worker has it already."""
        with self._turn:
            if token in self._out or token not in self._taken:
                return
            job, _ = self._taken.pop(token)
            (self._large if job.size >= LARGE else self._small).remove(job)
            self._bytes -= job.size
            os.close(job.fd)

    def done(self, token: int) -> None:
        """Note that a worker is done with a job."""
        with self._turn:
            job, since = self._taken.pop(token)
            self._out.discard(token)
            self._bytes -= job.size
            took = self._clock() - since
            self._seconds += (took - self._seconds) * (0.05 if self._seconds else 1)
        os.eventfd_write(self.wake, 1)  # a large one may be allowed now

    def close(self) -> None:
        """Take no more, and close what nobody has yet."""
        with self._turn:
            self._closed = True
            for job in (*self._small, *self._large):
                self._taken.pop(job.token)
                os.close(job.fd)
            self._small.clear()
            self._large.clear()
        os.eventfd_write(self.wake, 1)

    def pause(self) -> None:
        """Let this end once, so that other workers go on with it; nothing that waits is lost."""
        self._paused = True
        os.eventfd_write(self.wake, 1)

    def reset(self) -> list[int]:
        """Forget every job, after the pool that had some of them is gone; return their tokens."""
        with self._turn:
            tokens = list(self._taken)
            for job in (*self._small, *self._large):
                os.close(job.fd)
            self._small.clear()
            self._large.clear()
            self._taken.clear()
            self._out.clear()
            self._bytes = 0
        return tokens

    @property
    def depth(self) -> int:
        """How many jobs wait or are being examined."""
        return len(self._taken)

    @property
    def bytes(self) -> int:
        """How many bytes they have."""
        return self._bytes

    def _chosen(self) -> Job | None:
        large_out = sum(self._taken[token][0].size >= LARGE for token in self._out)
        room = large_out < max(1, self._workers - 1)
        # The older of the two first, as long as a large one may go.
        if self._large and room and not (self._small and _before(self._small, self._large)):
            return self._large.popleft()
        return self._small.popleft() if self._small else None

    def _wait(self) -> int:
        """Return in how many seconds half of what waits will probably be done."""
        seconds = len(self._taken) * (self._seconds or 0.1) / max(1, self._workers) / 2
        return min(_MOST_SECONDS, max(1, round(seconds)))


def _before(one: deque[Job], other: deque[Job]) -> bool:
    return one[0].token < other[0].token
