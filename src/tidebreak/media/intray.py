"""Jobs on their way to the workers: fresh ones, made into batches, and those that come back."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator

from tidebreak.media.process import Job
from tidebreak.settings import MIB

BATCH_BYTES = 4 * MIB
"""Bytes of files in one batch, unless one file alone has more."""

_TRIES = 3
"""Deaths of a worker that a job may be near before it is held to be the cause."""


class Intray:
    """Jobs that wait. Whatever is in it has an open descriptor, which `close` closes.

    ``jobs`` may yield None: there is none now, and there may be more later.
    """

    def __init__(self, jobs: Iterator[Job | None], batch_jobs: int) -> None:
        self._jobs, self._batch_jobs = jobs, batch_jobs
        self.ended = False
        self._next: list[Job] = []
        self._growing: list[Job] = []
        self._alone: deque[Job] = deque()
        self._returned: deque[Job] = deque()
        self._tries: dict[int, int] = {}

    def more(self) -> bool:
        """Whether there is a batch; pulls one job ahead to find out."""
        return bool(self._alone or self._peek())

    @property
    def suspects(self) -> bool:
        """Whether the next batch is one job that must be alone with its worker."""
        return bool(self._alone)

    def batch(self) -> list[Job]:
        """Return the next batch, after `more` has said that there is one."""
        if self._alone:
            return [self._alone.popleft()]
        # Held in the object while it grows: the source of jobs may fail at any of them.
        self._growing = [self._next.pop()]
        size = self._growing[0].size
        while len(self._growing) < self._batch_jobs and self._peek():
            size += self._next[0].size
            if size > BATCH_BYTES:
                break
            self._growing.append(self._next.pop())
        batch, self._growing = self._growing, []
        return batch

    def again(self, job: Job, *, alone: bool) -> bool:
        """Take back a job that a lost worker had; False when that happened too often."""
        tries = self._tries[job.token] = self._tries.get(job.token, 0) + 1
        (self._alone if alone else self._returned).append(job)
        if tries < _TRIES:
            return True
        (self._alone if alone else self._returned).pop()
        return False

    def close(self) -> None:
        """Close everything that still waits."""
        for job in (*self._next, *self._growing, *self._alone, *self._returned):
            os.close(job.fd)

    def _peek(self) -> bool:
        if not self._next:
            job = self._returned.popleft() if self._returned else self._pull()
            self._next = [] if job is None else [job]
        return bool(self._next)

    def _pull(self) -> Job | None:
        try:
            return next(self._jobs)
        except StopIteration:
            self.ended = True
            return None
