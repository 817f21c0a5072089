"""The workers, for those who await: bytes in, examinations out, from an event loop.

One thread owns the pool for as long as the pool lives. Whatever happens to a worker is the
business of the pool and ends as a result with a reason; whatever happens to the pool ends as
`CannotAsk` for those who wait, and the pool is started again.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from tidebreak.descriptors import Descriptor
from tidebreak.errors import CannotAsk, WorkersFailed
from tidebreak.media.pool import GivenUp, Job, Posture, WorkerPool
from tidebreak.model import Examination
from tidebreak.screening.jobs import Jobs
from tidebreak.settings import Settings
from tidebreak.spool import Spool

CHUNK = 1000
"""Members of one archive that are passed on at a time: archives may have a million."""

_MOST_CHUNKS = 200
_AGAIN_SECONDS = (1.0, 5.0, 30.0)

Chunk = list[Examination]


@dataclass(slots=True)
class _Waiting:
    """Somebody who waits for a job. ``passed`` pieces were passed on, ``found`` not yet."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Chunk | CannotAsk | None]
    found: Chunk = field(default_factory=list[Examination])
    passed: int = 0
    taken: int = 0

    def tell(self, *said: Chunk | CannotAsk | None) -> None:
        """Pass on, from the pool's thread, to the loop; which may be gone."""
        try:
            for one in said:
                self.loop.call_soon_threadsafe(self.queue.put_nowait, one)
        except RuntimeError:
            pass


class Examiner:
    """A pool of workers behind `examine`. Start it with `start`, end it with `stop`.

    ``most`` is how many jobs wait or run at a time (default: 64 per worker).
    """

    def __init__(
        self,
        settings: Settings,
        descriptors: Sequence[Descriptor] = (),
        *,
        workers: int,
        most: int = 0,
    ) -> None:
        self._settings, self._descriptors, self.workers = settings, descriptors, workers
        self.jobs = Jobs(workers, most or 64 * workers)
        self._waiting: dict[int, _Waiting] = {}
        self._turn = threading.Lock()
        self._tokens = itertools.count(1)
        self._stopping = threading.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="examiner", daemon=True)
        self._pool: WorkerPool | None = None
        self.posture = Posture()
        self.failure = ""
        """Why there are no workers now, empty when there are."""

    def start(self) -> None:
        """Start the workers and wait for the first; raises `WorkersFailed`."""
        self._thread.start()
        self._up.wait()
        if why := self.failure:
            self.stop()
            raise WorkersFailed(why)

    def adapt(self, settings: Settings) -> None:
        """Go on with workers that do what ``settings`` say, if these do not; nothing is lost."""
        if settings != self._settings:
            self._settings = settings
            self.jobs.pause()

    def stop(self, grace: float = 5.0) -> None:
        """End the workers, when what they have is done, at the latest after ``grace`` seconds.

        Whoever still waits is told that there is no answer.
        """
        self._stopping.set()
        self.jobs.close()
        self._thread.join(grace)
        if self._pool is not None:
            self._pool.given_up = True
            os.eventfd_write(self.jobs.wake, 1)
        self._thread.join()

    async def examine(self, content: Spool, *, full: bool = False) -> tuple[Examination, ...]:
        """Return everything that a worker found out: of the members of an archive, and of itself.

        ``full`` asks for the slow, exact path to near hashes. Raises as `pieces` does.
        """
        async with aclosing(self.pieces(content, full=full)) as pieces:
            return tuple([found async for piece in pieces for found in piece])

    async def pieces(
        self, content: Spool, *, full: bool = False, again: bool = False
    ) -> AsyncGenerator[Chunk]:
        """Yield the same in pieces of up to `CHUNK`, as they come.

        Raises `Overloaded` at once when too much waits, unless this comes ``again``; `CannotAsk`
        when there are no workers.
        """
        if self.failure:
            raise CannotAsk(self.failure)
        token = next(self._tokens)
        waiting = _Waiting(asyncio.get_running_loop(), asyncio.Queue())
        with self._turn:
            self._waiting[token] = waiting
        try:
            self.jobs.put(Job(token, content.open(), content.size, full), again=again)
            while (said := await waiting.queue.get()) is not None:
                if isinstance(said, CannotAsk):
                    raise said
                waiting.taken += 1
                yield said
        finally:
            self.jobs.drop(token)
            with self._turn:
                self._waiting.pop(token, None)

    # -- the thread that owns the pool

    def _run(self) -> None:
        tries = iter(_AGAIN_SECONDS)
        while not self._stopping.is_set():
            try:
                self._serve()
            except GivenUp:
                break
            except WorkersFailed as error:
                self._fail(str(error))
            except Exception as error:
                self._fail(f"The examining processes ended unexpectedly ({type(error).__name__}).")
            else:
                continue  # with other settings, or at the end
            if self._up.is_set():
                self._stopping.wait(next(tries, _AGAIN_SECONDS[-1]))
            self._up.set()
        self._fail("The service is being stopped.")
        self._up.set()

    def _serve(self) -> None:
        pool = WorkerPool(
            self._settings, self.workers, self._descriptors, wake=self.jobs.wake, singly=True
        )
        self._pool = pool
        pool.begin(every=True)
        with pool:
            self.posture, self.failure = pool.posture, ""
            self._up.set()
            for job, found in pool.examine(self.jobs):
                self._take(job.token, found)
                self.posture = pool.posture

    def _take(self, token: int, found: Examination | None) -> None:
        with self._turn:
            waiting = self._waiting.get(token)
        if found is None:
            self.jobs.done(token)
            if waiting is not None:
                waiting.tell(waiting.found, None)
            return
        if waiting is None:
            return
        waiting.found.append(found)
        if len(waiting.found) < CHUNK:
            return
        if waiting.passed - waiting.taken < _MOST_CHUNKS:
            waiting.tell(waiting.found)
            waiting.found = []
            waiting.passed += 1
        else:  # a verdict without these members would be none
            self._give_up(token, waiting)

    def _give_up(self, token: int, waiting: _Waiting) -> None:
        with self._turn:
            self._waiting.pop(token, None)
        waiting.tell(CannotAsk("More members came than could be compared; try again later."))

    def _fail(self, why: str) -> None:
        self.failure = why
        self.jobs.reset()
        with self._turn:
            waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            one.tell(CannotAsk(why))
