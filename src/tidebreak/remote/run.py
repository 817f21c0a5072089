"""One scan whose matching happens elsewhere: hash, keep, ask, and lose nothing in between."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tidebreak.errors import CannotAsk, OverLimit
from tidebreak.model import Examination, Signal, State
from tidebreak.remote.judges import Judge, Judged
from tidebreak.remote.queue import Queue, Run

BATCH, SIGNALS = 1000, 2000
"""Items, and signals of all of them, that are asked for at once: quotas count signals."""

_FILES, _SECONDS = 200, 2.0
"""Files, or seconds, after which what was hashed is written."""

_SILENCE = 30.0
"""Seconds after which a server that did not answer is tried again; hashing goes on meanwhile."""

Hashed = Iterable[tuple[bytes, Examination]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to. ``waiting`` counts what has no answer yet, and ``why``."""

    number: int
    items: int
    found: int
    incomplete: int
    waiting: int
    why: str = ""


@dataclass(slots=True)
class RemoteScan:
    """One run under way; ``longest`` is how long, in seconds, a used-up quota is waited for."""

    run: Run
    queue: Queue
    judge: Judge
    longest: float = 0.0
    on_progress: Callable[[int], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    _batch: list[tuple[bytes, Examination]] = field(default_factory=list[tuple[bytes, Examination]])
    _under_way: set[bytes] = field(default_factory=set[bytes])
    _unasked: int = BATCH
    _silent_until: float = 0.0
    _why: str = ""

    def carry_out(self, hash_all: Callable[[Callable[[bytes], bool]], Hashed]) -> Result:
        """Hash what ``hash_all`` yields but for what it is told to skip, and ask for all of it.

        What has no answer in the end waits in the queue. Raises what the judge raises, but for
        `CannotAsk`.
        """
        self._ask_if_worth_it()
        written = time.monotonic()
        for files, (path, group) in enumerate(_files(hash_all(self._skip)), 1):
            self._batch += [(path, found) for found in group]
            self.on_progress(files)
            if len(self._batch) >= _FILES or time.monotonic() - written > _SECONDS:
                self._keep()
                self._ask_if_worth_it()
                written = time.monotonic()
        self._keep()
        self._why = ""
        self._ask_all()
        return self._result()

    def _skip(self, path: bytes) -> bool:
        """Whether this run has seen ``path``: roots may overlap, and a run may be resumed."""
        if path in self._under_way or self.queue.seen(self.run.id, path):
            return True
        self._under_way.add(path)
        return False

    def _keep(self) -> None:
        if self._batch:
            self.queue.add(self.run, self._batch)
        self._unasked += len(self._batch)
        self._under_way -= {path for path, _ in self._batch}
        self._batch = []

    def _ask_if_worth_it(self) -> None:
        if self._unasked >= BATCH and time.monotonic() >= self._silent_until:
            self._ask_all()

    @property
    def _most(self) -> int:
        terms = self.run.terms
        return max(1, min(BATCH, SIGNALS // (len(terms.types) + terms.near)))

    def _ask_all(self) -> None:
        try:
            while waiting := self.queue.waiting(self.run.id, self._most):
                judged = self._judged([one.signals for one in waiting])
                self.queue.answer(list(zip(waiting, judged, strict=True)))
            self._unasked = 0
        except CannotAsk as error:
            self._why = str(error)
            self._silent_until = time.monotonic() + _SILENCE

    def _judged(self, items: list[tuple[Signal, ...]]) -> list[Judged]:
        while True:
            try:
                return self.judge.judge(items)
            except OverLimit as error:
                if error.wait > self.longest:
                    raise
                self.sleep(error.wait)

    def _result(self) -> Result:
        counts = self.queue.counts(self.run.id)
        waiting = sum(n for (_, _, waits), n in counts.items() if waits)
        if not waiting:
            self.queue.finish(self.run.id)
        return Result(
            self.run.id,
            sum(counts.values()),
            sum(n for (state, _, _), n in counts.items() if state is State.MATCHED),
            sum(n for (state, _, waits), n in counts.items()
                if state is State.NOT_FULLY_EXAMINED and not waits),
            waiting,
            self._why if waiting else "",
        )  # fmt: skip


def _files(hashed: Hashed) -> Iterator[tuple[bytes, list[Examination]]]:
    """Yield each path with all that was found in it."""
    path, group = b"", list[Examination]()
    for at, found in hashed:
        if at != path and group:
            yield path, group
            group = []
        path = at
        group.append(found)
    if group:
        yield path, group
