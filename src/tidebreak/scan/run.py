"""The walk of the main job: find files, have them examined, match, write down, go on.

The parent opens files and hands their descriptors to isolated workers; it never parses a byte of
them. Results are written in batches; a scan killed at any instruction goes on from the last one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tidebreak import kernels
from tidebreak.errors import CannotRead
from tidebreak.hashing.seals import Sealer
from tidebreak.index import KERNEL_MODULES
from tidebreak.matching.matcher import Judgement, Matcher
from tidebreak.matching.observe import observe
from tidebreak.matching.states import state_of, why_untold
from tidebreak.media.opening import UNREADABLE, OpenFile, open_file
from tidebreak.media.pool import LOST, Job, WorkerPool
from tidebreak.model import Examination, Observation, State, Verdict
from tidebreak.scan.walk import walk
from tidebreak.store.observations import FileOutcome, FileState, Observations, Outcome

_BATCH = 64
"""Files matched and written together: more would let the workers run out of work meanwhile."""

_BATCH_SECONDS = 1.0
"""The longest that a finished file waits to be written."""

_SPILL = 1000
"""Members of one archive held before they are written: archives may have a million."""


def warm() -> None:
    """Load the kernels that the scan itself will need, beside the workers'.

    Done while the first worker starts, this takes no time; done at the first batch, all workers
    would wait for it.
    """
    kernels.warm("tidebreak.hashing.blake2b", *KERNEL_MODULES)


@dataclass(slots=True)
class Progress:
    """How far a scan is. ``found`` counts items in which something known was found."""

    files: int = 0
    size: int = 0
    found: int = 0
    incomplete: int = 0
    reused: int = 0


@dataclass(slots=True)
class _Reading:
    """A file that a worker has in hand."""

    path: bytes
    state: FileState
    full: bool
    examinations: list[Examination] = field(default_factory=list[Examination])
    spilled: int | None = None
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """A file that has been read, anew (``examinations``) or before (``known``)."""

    path: bytes
    state: FileState
    examinations: Sequence[Examination] = ()
    known: Sequence[Observation] = ()
    known_file: int | None = None
    spilled: int | None = None


@dataclass(slots=True)
class Scan:
    """One scan under way."""

    number: int
    observations: Observations
    matcher: Matcher
    sealer: Sealer
    engine: str
    reread: bool = False
    revisits: bool = True
    """Whether a path may come twice: after an interruption, or below overlapping roots."""
    on_progress: Callable[[Progress], None] = lambda _: None
    spaces: frozenset[str] = frozenset()
    """In which spaces (`SignalType.space`) the lists hold identifiers."""
    progress: Progress = field(default_factory=Progress)
    _reading: dict[int, _Reading] = field(default_factory=dict[int, _Reading])
    _batch: list[_Read] = field(default_factory=list[_Read])
    _confirm: list[bytes] = field(default_factory=list[bytes])
    _pending: set[bytes] = field(default_factory=set[bytes])
    _written: float = field(default_factory=time.monotonic)
    _token: int = 0

    def run(self, roots: Iterable[bytes], pool: WorkerPool) -> None:
        """Examine everything below ``roots``; what this scan has already seen is passed over."""
        try:
            self._drain(pool, self._jobs(roots))
            while self._confirm:
                self._drain(pool, self._confirming())
        finally:
            self._flush()
        self.observations.finish_scan(self.number)

    def _drain(self, pool: WorkerPool, jobs: Iterator[Job]) -> None:
        for job, examination in pool.examine(jobs):
            reading = self._reading[job.token]
            if examination is None:
                del self._reading[job.token]
                self._close(reading)
            else:
                reading.examinations.append(examination)
                if len(reading.examinations) >= _SPILL:
                    self._spill(reading)
            self._flush_if_due()
        self._flush()

    # -- what is to be read

    def _jobs(self, roots: Iterable[bytes]) -> Iterator[Job]:
        for found in walk(roots):
            yield from self._confirming()
            if found.path in self._pending:
                continue  # roots may overlap
            if self.revisits and self.observations.visited(self.number, found.path):
                self._count(found.size, ())
                continue
            self._pending.add(found.path)
            if found.reason:
                self._settle(found.path, found.reason)
            else:
                yield from self._open(found.path, full=False)
            self._flush_if_due()

    def _confirming(self) -> Iterator[Job]:
        """Read again, as soon as it is known, what must be decoded in full: it may vanish."""
        while self._confirm:
            yield from self._open(self._confirm.pop(), full=True)

    def _open(self, path: bytes, *, full: bool) -> Iterator[Job]:
        try:
            opened = open_file(path)
        except CannotRead as error:
            self._settle(path, str(error))
            return
        state = _state(opened)
        known = None
        if not self.reread and not full:
            known = self.observations.known(path, state, self.engine)
        if known is not None and not any(map(_must_be_read_again, known[1])):
            os.close(opened.fd)
            self.progress.reused += 1
            self._batch.append(_Read(path, state, known=known[1], known_file=known[0]))
            return
        self._token += 1
        self._reading[self._token] = _Reading(path, state, full)
        yield Job(self._token, opened.fd, opened.size, full)

    # -- what was read

    def _settle(self, path: bytes, reason: str) -> None:
        self._batch.append(_Read(path, FileState(), [Examination("", 0, "", reason=reason)]))

    def _close(self, reading: _Reading) -> None:
        if reading.confirm:
            if reading.spilled is not None:
                self.observations.discard(reading.spilled)
            self._confirm.append(reading.path)
            return
        found = _note_change(reading)
        self._batch.append(_Read(reading.path, reading.state, found, spilled=reading.spilled))

    def _spill(self, reading: _Reading) -> None:
        examinations, reading.examinations = reading.examinations, []
        if reading.confirm:
            return
        observed = observe(examinations, self.sealer)
        judged = self.matcher.judge(observed)
        if any(item.confirm for item in judged) and not reading.full:
            reading.confirm = True
            return
        part = FileOutcome(
            reading.path,
            reading.state,
            _outcomes(observed, judged, self.spaces),
            None,
            reading.spilled,
        )
        reading.spilled = self.observations.spill(self.number, part, self.engine)

    def _flush_if_due(self) -> None:
        if len(self._batch) >= _BATCH or time.monotonic() - self._written > _BATCH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        self._written = time.monotonic()
        if not batch:
            return
        # Sealed and matched all at once, which is several times cheaper than file by file.
        sealed = iter(observe([e for item in batch for e in item.examinations], self.sealer))
        seen = [item.known or [next(sealed) for _ in item.examinations] for item in batch]
        judged = iter(self.matcher.judge([one for observations in seen for one in observations]))
        done: list[FileOutcome] = []
        for item, observations in zip(batch, seen, strict=True):
            judgements = [next(judged) for _ in observations]
            if any(one.confirm for one in judgements):
                if item.spilled is not None:
                    self.observations.discard(item.spilled)
                self._confirm.append(item.path)
                continue
            outcomes = _outcomes(observations, judgements, self.spaces)
            done.append(FileOutcome(item.path, item.state, outcomes, item.known_file, item.spilled))
        self.observations.record(self.number, done, self.engine)
        for item in done:
            self._pending.discard(item.path)
            self._count(item.state.size, item.outcomes)
        self.on_progress(self.progress)

    def _count(self, size: int, outcomes: Sequence[Outcome]) -> None:
        self.progress.files += 1
        self.progress.size += size
        self.progress.found += sum(o.verdict.level.found for o in outcomes)
        self.progress.incomplete += sum(o.state is State.NOT_FULLY_EXAMINED for o in outcomes)


def _must_be_read_again(item: Observation) -> bool:
    """Whether what is kept of a file does not say what examining it would.

    What stopped an examination need not stop the next one, and frames of long videos are not kept.
    """
    unkept = item.duration_ms > 0 and not item.sequence
    return unkept or LOST in item.reason or UNREADABLE in item.reason


def _outcomes(
    observations: Sequence[Observation], judgements: Sequence[Judgement], spaces: frozenset[str]
) -> tuple[Outcome, ...]:
    return tuple(
        _outcome(item, judgement.verdict, spaces)
        for item, judgement in zip(observations, judgements, strict=True)
    )


def _outcome(item: Observation, verdict: Verdict, spaces: frozenset[str]) -> Outcome:
    reason = item.reason or why_untold(item, spaces)
    return Outcome(item, state_of(reason, verdict), verdict, reason)


def _state(opened: OpenFile) -> FileState:
    return FileState(opened.device, opened.inode, opened.size, opened.mtime_ns, opened.ctime_ns)


def _note_change(reading: _Reading) -> list[Examination]:
    """Return what was found, saying so when the file is no longer what it was when opened."""
    try:
        now = os.stat(reading.path, follow_symlinks=False)  # noqa: PTH116 - paths are bytes
        same = (now.st_ino, now.st_size, now.st_mtime_ns) == (
            reading.state.inode, reading.state.size, reading.state.mtime_ns,
        )  # fmt: skip
    except OSError:
        same = False
    if same:
        return reading.examinations
    changed = "changed or vanished while it was read: scan it again"
    return [
        item if item.member
        else replace(item, reason=f"{item.reason}; {changed}" if item.reason else changed)
        for item in reading.examinations
    ]  # fmt: skip
