"""Look-ups for those who await: what comes within one turn is judged together.

A look-up of one costs nearly as much as one of fifty, so everything that waits is taken at once
by a thread with connections of its own. The index's kernels release the interpreter's lock:
the event loop goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.hashing.seals import Sealer
from tidebreak.matching.matcher import Judgement
from tidebreak.matching.observe import observe
from tidebreak.matching.states import why_untold
from tidebreak.model import UNKNOWN_SIZE, Examination, Observation
from tidebreak.screening.following import Known

_Item = TypeVar("_Item")

MOST_AT_ONCE = 512
"""Signals judged together: more would keep those who come meanwhile waiting.

Whoever asks about more has them judged in turns, others' between them.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look-up came to: per item what was observed, its judgement, and what is untold of it.

    ``version`` is that of the lists; ``reasons`` say why an item was not fully examined.
    """

    observations: tuple[Observation, ...]
    judgements: tuple[Judgement, ...]
    reasons: tuple[str, ...]
    version: str

    @property
    def confirm(self) -> bool:
        """Whether any item must be decoded in full before its verdict counts."""
        return any(judgement.confirm for judgement in self.judgements)

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """Return several in a row as one, of the oldest version of the lists."""
        return cls(
            tuple(one for part in parts for one in part.observations),
            tuple(one for part in parts for one in part.judgements),
            tuple(one for part in parts for one in part.reasons),
            min((part.version for part in parts), key=_age),
        )

    def part(self, start: int, end: int) -> Judged:
        """Return what was said of the items from ``start`` to ``end``."""
        own = slice(start, end)
        return Judged(self.observations[own], self.judgements[own], self.reasons[own], self.version)


@dataclass(slots=True)
class _Asked:
    items: Sequence[Examination]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Judged]


class Lookups:
    """The thread that judges. ``current`` says by what, and raises `CannotAsk`."""

    def __init__(self, current: Callable[[], Known], sealer: Sealer) -> None:
        self._current, self._sealer = current, sealer
        self._asked: deque[_Asked] = deque()
        self._some = threading.Semaphore(0)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="look-ups", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what was asked, then no more."""
        self._stopping = True
        self._some.release()
        self._thread.join()

    async def judge(self, items: Sequence[Examination]) -> Judged:
        """Return what the lists say of ``items``. Raises `CannotAsk`."""
        turns = list(in_turns(items, _weight, MOST_AT_ONCE))
        if len(turns) <= 1:
            return await self._turn(items)
        return Judged.joined([await self._turn(turn) for turn in turns])

    async def _turn(self, items: Sequence[Examination]) -> Judged:
        if self._stopping:
            raise CannotAsk("The service is being stopped.")
        loop = asyncio.get_running_loop()
        asked = _Asked(items, loop, loop.create_future())
        self._asked.append(asked)
        self._some.release()
        return await asked.answer

    # -- the thread that judges

    def _run(self) -> None:
        while True:
            self._some.acquire()
            batch = self._taken()
            if batch:
                self._answer(batch)
            elif self._stopping:
                return

    def _taken(self) -> list[_Asked]:
        batch: list[_Asked] = []
        signals = 0
        while self._asked and signals < MOST_AT_ONCE:
            batch.append(self._asked.popleft())
            signals += sum(map(_weight, batch[-1].items))
        for _ in batch[1:]:
            self._some.acquire(blocking=False)
        return batch

    def _answer(self, batch: Sequence[_Asked]) -> None:
        try:
            known = self._current()
            found = self._judged(known, [item for asked in batch for item in asked.items])
        except Exception as error:
            self._refuse(batch, cannot(error))
            return
        answers: list[tuple[_Asked, Judged | CannotAsk]] = []
        start = 0
        for asked in batch:
            end = start + len(asked.items)
            answers.append((asked, found.part(start, end)))
            start = end
        _tell(answers)

    def _judged(self, known: Known, items: Sequence[Examination]) -> Judged:
        observed = observe(items, self._sealer)
        judged = known.matcher.judge(observed)
        reasons = [_reason(known, given, seen) for given, seen in zip(items, observed, strict=True)]
        return Judged(tuple(observed), tuple(judged), tuple(reasons), known.version)

    def _refuse(self, batch: Sequence[_Asked], error: CannotAsk) -> None:
        if len(batch) == 1:
            _tell([(batch[0], error)])
            return
        for asked in batch:  # one that nobody can answer must not cost the others theirs
            self._answer([asked])


def in_turns(
    items: Sequence[_Item], weight: Callable[[_Item], int], most: int
) -> Iterator[Sequence[_Item]]:
    """Yield ``items`` in runs of a ``weight`` of ``most`` together, a heavier one alone."""
    start = total = 0
    for place, item in enumerate(items):
        own = weight(item)
        if total + own > most and place > start:
            yield items[start:place]
            start, total = place, 0
        total += own
    if start < len(items):
        yield items[start:]


def _weight(item: Examination) -> int:
    return max(1, len(item.signals) + len(item.views))


def _age(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _reason(known: Known, given: Examination, seen: Observation) -> str:
    """Return why nobody can tell whether something is known, "" when somebody can."""
    if given.size == UNKNOWN_SIZE and not given.content:
        return given.reason or known.untold(given.signals)
    return seen.reason or why_untold(seen, known.spaces)


def cannot(error: Exception) -> CannotAsk:
    """Return what those are told who asked when ``error`` happened."""
    if isinstance(error, CannotAsk):
        return error
    if isinstance(error, TidebreakError):
        return CannotAsk(str(error))
    return CannotAsk(f"The look-up failed ({type(error).__name__}); the service's log says more.")


def _tell(answers: Sequence[tuple[_Asked, Judged | CannotAsk]]) -> None:
    """Pass answers on to the loops of those who asked, one call for each loop."""
    loops = {id(asked.loop): asked.loop for asked, _ in answers}
    for key, loop in loops.items():
        own = [(asked, answer) for asked, answer in answers if id(asked.loop) == key]
        try:
            loop.call_soon_threadsafe(_settle, own)
        except RuntimeError:  # that loop is gone, and whoever waited with it
            continue


def _settle(answers: Sequence[tuple[_Asked, Judged | CannotAsk]]) -> None:
    for asked, answer in answers:
        if asked.answer.done():
            continue
        if isinstance(answer, CannotAsk):
            asked.answer.set_exception(answer)
        else:
            asked.answer.set_result(answer)
