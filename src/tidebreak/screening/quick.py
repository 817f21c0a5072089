"""Look-ups of signals alone, of which most find nothing: those are answered without a detour.

What comes within one turn of the event loop is compared with the index together, in the loop
itself while that takes no time, else on a thread. Only what may match goes on to `Lookups`, which
asks the lists: the loop never waits for a database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tidebreak.errors import CannotAsk
from tidebreak.hashing.seals import Sealer
from tidebreak.model import UNKNOWN_SIZE, Examination, Signal, Verdict
from tidebreak.screening.following import Known
from tidebreak.screening.lookups import Lookups, cannot, in_turns

MOST_AT_ONCE = 1024
"""Signals compared together; whoever asks about more has others' compared between them."""

MOST_SECONDS = 0.002
"""For how long the loop may be kept from everything else."""

_FIRST_GUESS, _WEIGHT = 50e-6, 0.1
_NOTHING = Verdict()

Item = Sequence[Signal]
"""Signals of one content."""


@dataclass(frozen=True, slots=True)
class _Passed:
    """Which rows of some items may match something, by the lists as they are at ``version``."""

    rows: Sequence[int]
    version: str


@dataclass(slots=True)
class _Asked:
    items: Sequence[Item]
    answer: asyncio.Future[_Passed]


class Quick:
    """Answers on one event loop: compares with ``current``, has ``lookups`` ask the lists."""

    def __init__(self, current: Callable[[], Known], sealer: Sealer, lookups: Lookups) -> None:
        self._current, self._sealer, self._lookups = current, sealer, lookups
        self._asked: list[_Asked] = []
        self._seconds = _FIRST_GUESS
        self._thread = ThreadPoolExecutor(1, "quick look-ups")

    def stop(self) -> None:
        """Answer what was asked, then no more."""
        self._thread.shutdown()

    async def match(self, items: Sequence[Item]) -> tuple[list[Verdict], str]:
        """Return a verdict for each of ``items``, and the version of the lists.

        Raises `CannotAsk`.
        """
        passed = _joined([(len(turn), await self._pass(turn)) for turn in _turns(items)])
        verdicts = [_NOTHING] * len(items)
        if passed.rows:
            judged = await self._lookups.judge([named(items[row]) for row in passed.rows])
            if judged.version != passed.version:  # the lists changed in between: all of it anew
                judged = await self._lookups.judge([named(signals) for signals in items])
                return [one.verdict for one in judged.judgements], judged.version
            for row, judgement in zip(passed.rows, judged.judgements, strict=True):
                verdicts[row] = judgement.verdict
        return verdicts, passed.version

    async def _pass(self, items: Sequence[Item]) -> _Passed:
        loop = asyncio.get_running_loop()
        asked = _Asked(items, loop.create_future())
        self._asked.append(asked)
        if len(self._asked) == 1:
            loop.call_soon(self._turn)
        return await asked.answer

    def _turn(self) -> None:
        """Answer everything that was asked since the last turn."""
        batch, self._asked = self._asked, []
        count = sum(_signals(asked.items) for asked in batch)
        if count * self._seconds <= MOST_SECONDS:
            _settle(batch, self._compared(batch))
            return
        loop = asyncio.get_running_loop()
        try:
            aside = loop.run_in_executor(self._thread, self._compared, batch)
        except RuntimeError:
            _settle(batch, CannotAsk("The service is being stopped."))
            return
        aside.add_done_callback(lambda done: _settle(batch, done.result()))

    def _compared(self, batch: Sequence[_Asked]) -> list[_Passed] | CannotAsk:
        try:
            known = self._current()
            items = [item for asked in batch for item in asked.items]
            begun = time.perf_counter()
            rows = known.matcher.may_match(items, self._sealer)
            took = (time.perf_counter() - begun) / max(1, _signals(items))
        except Exception as error:
            return cannot(error)
        self._seconds += _WEIGHT * (took - self._seconds)
        return list(_shared(rows, [len(asked.items) for asked in batch], known.version))


def named(signals: Item) -> Examination:
    """Return what names a content by its signals alone."""
    return Examination("", UNKNOWN_SIZE, "", tuple(signals))


def _turns(items: Sequence[Item]) -> Sequence[Sequence[Item]]:
    """Return ``items`` as they are compared, others' between them; once if there are none."""
    return list(in_turns(items, len, MOST_AT_ONCE)) or [items]


def _signals(items: Sequence[Item]) -> int:
    return sum(map(len, items))


def _joined(turns: Sequence[tuple[int, _Passed]]) -> _Passed:
    """Return what passed of turns of so many items in a row.

    Where the lists changed between them, all of the items must be judged: none was by all of one.
    """
    versions = {passed.version for _, passed in turns}
    rows: list[int] = []
    start = 0
    for count, passed in turns:
        every = range(count) if len(versions) > 1 else passed.rows
        rows += [start + row for row in every]
        start += count
    return _Passed(rows, turns[-1][1].version)


def _shared(rows: Sequence[int], counts: Sequence[int], version: str) -> Sequence[_Passed]:
    """Return each asker's own rows, counted from its first item."""
    shares: list[_Passed] = []
    start = place = 0
    for count in counts:
        own: list[int] = []
        while place < len(rows) and rows[place] < start + count:
            own.append(rows[place] - start)
            place += 1
        shares.append(_Passed(own, version))
        start += count
    return shares


def _settle(batch: Sequence[_Asked], found: list[_Passed] | CannotAsk) -> None:
    for number, asked in enumerate(batch):
        if asked.answer.done():
            continue
        if isinstance(found, CannotAsk):
            asked.answer.set_exception(found)
        else:
            asked.answer.set_result(found[number])
