"""Files in, examinations out, through worker processes that may die of any of them.

One rule holds all of this together: every job that comes in goes out exactly once, with an
examination, whatever happens to the worker that had it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tidebreak.descriptors import Descriptor
from tidebreak.errors import WorkersFailed
from tidebreak.media import protocol
from tidebreak.media.heartbeat import Pulse
from tidebreak.media.intray import BATCH_BYTES, Intray
from tidebreak.media.process import LOST, Hand, Job, WorkerProcess
from tidebreak.media.protocol import MOST_JOBS, Malformed, Message, Word
from tidebreak.media.reasons import joined
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.model import Examination
from tidebreak.settings import Settings

__all__ = ["LOST", "GivenUp", "Job", "Posture", "WorkerPool"]

Event = tuple[Job, Examination | None]

_BYTES_PER_SECOND = 20e6
"""The slowest reading that is not taken for a standstill."""

_LIFE_FILES = 100_000
_LIFE_BYTES = 16 << 30
"""What a worker examines before a fresh one takes its place, in case its libraries leak."""

_FAILED_STARTS = 3
_START_SECONDS = 600.0
"""A machine that has never run the kernels compiles them first."""

_TICK = 0.25


class GivenUp(Exception):
    """What is under way is not waited for."""


@dataclass(slots=True)
class _Watch:
    """When a worker last showed that it lives, on the pool's clock in seconds."""

    pulse: Pulse
    alive: float
    begun: float


class WorkerPool:
    """Up to ``workers`` processes (default: as the settings say), started when they are needed.

    They describe pictures with the models of ``descriptors``, too. A context manager; entering
    starts the first worker, which shows the posture that all will have, and raises
    `WorkersFailed` when it cannot. For use from one thread only, which must outlive the pool: the
    kernel ends a worker when the thread that started it ends.

    For jobs that somebody waits for: ``wake`` is an eventfd(2) that ends a wait when one comes
    in, and with ``singly`` a worker has one at a time, so that none waits behind a slow one. From
    another thread `given_up` may be set, and ``wake`` be written to: then `examine` raises.
    """

    def __init__(
        self,
        settings: Settings,
        workers: int | None = None,
        descriptors: Sequence[Descriptor] = (),
        *,
        wake: int = -1,
        singly: bool = False,
    ) -> None:
        self._settings, self._descriptors = settings, descriptors
        wanted = workers or settings.workers or len(os.sched_getaffinity(0))
        self._most, self._batch_jobs = _affordable(wanted, 1 if singly else MOST_JOBS)
        self._singly = singly
        self._workers: dict[WorkerProcess, _Watch] = {}
        self._selector = selectors.DefaultSelector()
        if wake >= 0:
            self._selector.register(wake, selectors.EVENT_READ)
        self._clock, self._looked = 0.0, time.monotonic()
        self._failures = 0
        self.posture = Posture()
        self.given_up = False

    def begin(self, *, every: bool = False) -> None:
        """Start the first worker, or ``every`` one, and do not wait for it.

        The caller has something to do, too.
        """
        while len(self._workers) < (self._most if every else 1):
            self._spawn()

    def __enter__(self) -> WorkerPool:
        try:
            while not self.posture.rungs:
                self.begin()
                self._turn(Intray(iter(()), self._batch_jobs))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for worker in tuple(self._workers):
            worker.kill("is no longer needed")
            self._remove(worker)
        self._selector.close()

    def examine(self, jobs: Iterable[Job | None]) -> Iterator[Event]:
        """Examine every job, pulling a bounded number ahead; None says that more may come later.

        Yields its examinations, of archive members and of itself, and then ``(job, None)``.
        The order between jobs is free. Abandoning the iterator closes what is in flight.
        """
        intray = Intray(iter(jobs), self._batch_jobs)
        try:
            while (
                intray.more() or not intray.ended or any(worker.hands for worker in self._workers)
            ):
                yield from self._turn(intray)
        finally:
            intray.close()
            for worker in [worker for worker in self._workers if worker.hands]:
                for hand in worker.hands.values():
                    os.close(hand.job.fd)
                worker.kill("is no longer needed")
                self._remove(worker)

    # -- one turn of the wheel

    def _turn(self, intray: Intray) -> list[Event]:
        """Hand out work, wait a moment, and return what came back."""
        self._feed(intray)
        events: list[Event] = []
        for key, _ in self._selector.select(_TICK):
            if key.data is None:
                os.eventfd_read(key.fd)
                if self.given_up:
                    raise GivenUp
            else:
                events += self._listen(key.data, intray)
        self._watch()
        return events

    def _feed(self, intray: Intray) -> None:
        for worker in self._workers:
            if worker.wants_more and (worker.files > _LIFE_FILES or worker.bytes > _LIFE_BYTES):
                worker.retire()
        while intray.more():
            alone = intray.suspects
            worker = self._free(alone=alone)
            if worker is None:
                if sum(not worker.retired for worker in self._workers) < self._most:
                    self._spawn()
                return
            # A worker that died meanwhile is found out when it is listened to.
            with contextlib.suppress(OSError):
                worker.give(intray.batch(), alone=alone)

    def _free(self, *, alone: bool) -> WorkerProcess | None:
        """Return a worker for the next batch; a job under suspicion must have it to itself."""
        free = (worker for worker in self._workers if worker.wants_more)
        alone = alone or self._singly
        return next((worker for worker in free if not (alone and worker.hands)), None)

    def _listen(self, worker: WorkerProcess, intray: Intray) -> list[Event]:
        events: list[Event] = []
        try:
            messages = worker.receive()
            if messages is None:
                return self._lost(worker, worker.pulse.token, intray)
            for message in messages:
                events += self._take(worker, message)
        except Malformed as error:
            worker.kill(f"gave an answer that makes no sense ({error}) and was stopped")
            # It may long be at another job: all that it has are tried again, each alone.
            events += self._lost(worker, 0, intray)
        return events

    def _take(self, worker: WorkerProcess, message: Message) -> list[Event]:
        if message.word is Word.READY:
            worker.ready(message)
            self._note_posture(worker.posture)
            return []
        hand = worker.hand(message.token)
        if message.word is Word.DRAFT:
            hand.keep(message.body)
            return []
        if message.word is Word.PART:
            hand.parts.add(message.body)
            return []
        found = hand.whole(protocol.unpack(message.body))
        hand.reported(message.body)
        if message.word is Word.RESULT:
            return [(hand.job, found)]
        worker.finished(message.token)
        os.close(hand.job.fd)
        return [(hand.job, found), (hand.job, None)]

    # -- workers come and go

    def _spawn(self) -> None:
        worker = WorkerProcess(self._settings, self._descriptors)
        self._workers[worker] = _Watch(Pulse(), self._clock, self._clock)
        self._selector.register(worker, selectors.EVENT_READ, worker)

    def _remove(self, worker: WorkerProcess) -> str:
        self._selector.unregister(worker)
        del self._workers[worker]
        return worker.close()

    def _note_posture(self, posture: Posture | None) -> None:
        self._failures = 0
        if posture and (not self.posture.rungs or posture.level < self.posture.level):
            self.posture = posture

    def _lost(self, worker: WorkerProcess, culprit: int, intray: Intray) -> list[Event]:
        """Settle what a worker that is gone leaves behind, over the job ``culprit`` if known."""
        started, words = worker.posture is not None, worker.last_words()
        why = self._remove(worker)
        if not started:
            self._failures += 1
            if words.startswith(protocol.BAD_DESCRIPTOR):  # which no further try will change
                raise WorkersFailed(f"{words}. Correct or remove it: tidebreak descriptors")
            if self._failures >= _FAILED_STARTS:
                raise WorkersFailed(
                    f"{why}; it said: {words or 'nothing'}. Run 'tidebreak doctor'."
                )
        events: list[Event] = []
        for hand in worker.hands.values():
            guilty = hand.job.token == culprit or hand.begun or len(worker.hands) == 1
            if guilty or not intray.again(hand.job, alone=culprit not in worker.hands):
                events += _given_up(hand, why)
        return events

    # -- the clock

    def _watch(self) -> None:
        """Kill workers that have shown no life for too long."""
        now = time.monotonic()
        # A turn takes no longer than a tick unless the consumer is slow, which is nobody's fault.
        self._clock += min(now - self._looked, 2 * _TICK)
        self._looked = now
        for worker, watch in self._workers.items():
            pulse = worker.pulse
            if pulse.token != watch.pulse.token or not worker.hands:
                watch.begun = self._clock
            if pulse != watch.pulse or (worker.posture and not worker.hands):
                watch.pulse, watch.alive = pulse, self._clock
            allowed = self._allowed(worker, pulse)
            total = allowed + self._settings.limits.archive_seconds
            if self._clock - watch.alive > allowed:
                worker.kill(f"was killed after {allowed:.0f} s without progress")
            elif self._clock - watch.begun > total:
                worker.kill(f"was killed after {total:.0f} s")

    def _allowed(self, worker: WorkerProcess, pulse: Pulse) -> float:
        """Return for how many seconds a worker may be silent."""
        if worker.posture is None:
            return _START_SECONDS
        limits = self._settings.limits
        hand = worker.hands.get(pulse.token)
        size = hand.job.size if hand else BATCH_BYTES
        return limits.seconds + min(size, limits.picture_bytes) / _BYTES_PER_SECOND


def _given_up(hand: Hand, why: str) -> list[Event]:
    """Return what is left to say about a job over which a worker died."""
    os.close(hand.job.fd)
    drafts = [replace(found, reason=joined(found.reason, why)) for found in hand.drafts()]
    if not any(found.member == "" for found in drafts):
        drafts.append(Examination("", hand.job.size, "", reason=why))
    return [*((hand.job, found) for found in drafts), (hand.job, None)]


def _affordable(workers: int, batch: int) -> tuple[int, int]:
    """Return how many workers, and jobs in a batch, the limit on open files leaves room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 256 + workers * MOST_JOBS * 4
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    jobs = (soft - 128) // (workers * 4)
    return workers, max(1, min(batch, jobs))
