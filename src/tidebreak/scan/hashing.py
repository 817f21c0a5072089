"""Every signal of a file, without comparing it with anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tidebreak.errors import CannotRead
from tidebreak.media.opening import open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import Depth, Examination
from tidebreak.scan.walk import as_bytes, walk
from tidebreak.settings import Settings


def hash_files(
    paths: Iterable[str | bytes | Path], settings: Settings
) -> Iterator[tuple[bytes, Examination]]:
    """Yield (path, what a worker found) for every file below ``paths``, in the order given.

    Needs no installation. What cannot be read yields an `Examination` with the reason.
    """
    return hash_all(as_bytes(paths), settings)


def hash_all(
    paths: Iterable[bytes],
    settings: Settings,
    workers: int | None = None,
    skip: Callable[[bytes], bool] = lambda _: False,
) -> Iterator[tuple[bytes, Examination]]:
    """Yield (path, what a worker found), the file before its members, in the order of the walk.

    What ``skip`` says yes to is passed over; it is asked once for each path that the walk meets.
    """
    order = _InOrder(skip)
    # Views are only made to be looked up. Jobs are `full`: every frame of a video is examined.
    settings = replace(settings, depth=Depth.FAST)
    with WorkerPool(settings, workers) as pool:
        for job, examination in pool.examine(order.jobs(paths)):
            if examination is None:
                order.done(job.token)
                yield from order.ready()
            else:
                order.add(job.token, examination)
    yield from order.ready()


class _InOrder:
    """Gives out results in the order in which their files were found."""

    def __init__(self, skip: Callable[[bytes], bool]) -> None:
        self._skip = skip
        self._paths: dict[int, bytes] = {}
        self._found: dict[int, list[Examination]] = {}
        self._done: set[int] = set()
        self._next = self._last = 0

    def jobs(self, paths: Iterable[bytes]) -> Iterator[Job]:
        """Open every file below ``paths``; what cannot be opened is a result at once."""
        for found in walk(paths):
            if self._skip(found.path):
                continue
            token = self._last
            self._last += 1
            self._paths[token] = found.path
            self._found[token] = []
            reason = found.reason
            if not reason:
                try:
                    opened = open_file(found.path)
                except CannotRead as error:
                    reason = str(error)
                else:
                    yield Job(token, opened.fd, opened.size, full=True)
                    continue
            self.add(token, Examination("", found.size, "", reason=reason))
            self.done(token)

    def add(self, token: int, examination: Examination) -> None:
        """Keep a result until its turn."""
        self._found[token].append(examination)

    def done(self, token: int) -> None:
        """Note that a file has all of its results."""
        self._done.add(token)

    def ready(self) -> Iterator[tuple[bytes, Examination]]:
        """Yield what is complete and whose turn it is."""
        while self._next in self._done:
            self._done.remove(self._next)
            path = self._paths.pop(self._next)
            for examination in sorted(self._found.pop(self._next), key=lambda e: bool(e.member)):
                yield path, examination
            self._next += 1
