"""Where many callers wait for one gate: announces are asked about in batches, checks beside them.

Whoever answers may block. All that announces wait for at a moment is asked at once, by one thread,
so that a slow asker slows them down together, not one after the other. Waiting is bounded in number
and in time; what is over the bound could not be told, and the policy decides.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import Action, Decision

_T = TypeVar("_T")

Readings = tuple[bytes, ...]
"""An infohash of 20 bytes, in each way in which an announce may be read."""

_MOST_WAITING = 10_000
_MOST_AT_ONCE = 1000


class Queue:
    """Puts the questions of one event loop to ``gate``; ``patience`` is in seconds."""

    def __init__(self, gate: Gate, patience: float = 5.0) -> None:
        self.gate = gate
        self._patience = patience
        self._waiting: deque[tuple[Readings, asyncio.Future[Decision]]] = deque()
        self._asking: asyncio.Task[None] | None = None
        self._announces = ThreadPoolExecutor(1, "announces")
        self._checks = ThreadPoolExecutor(1, "checks")

    def close(self) -> None:
        """End the threads, without waiting for what is being asked."""
        for threads in (self._announces, self._checks):
            threads.shutdown(wait=False, cancel_futures=True)

    async def passes(self, named: list[Readings]) -> bool:
        """Whether an announce or scrape that names these infohashes may pass: all of them."""
        decisions = [await each for each in [self._infohash(readings) for readings in named]]
        return all(decision.action is Action.ALLOW for decision in decisions)

    async def check(self, work: Callable[[], _T]) -> _T:
        """Do ``work``, which asks the gate, beside the announces."""
        return await asyncio.get_running_loop().run_in_executor(self._checks, work)

    def _infohash(self, readings: Readings) -> asyncio.Future[Decision]:
        future = asyncio.get_running_loop().create_future()
        if len(self._waiting) >= _MOST_WAITING:
            future.set_result(self._untold("too many announces wait"))
            return future
        self._waiting.append((readings, future))
        asyncio.get_running_loop().call_later(self._patience, self._give_up, future)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return future

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_MOST_AT_ONCE, len(self._waiting)))]
            batch = [(readings, future) for readings, future in batch if not future.done()]
            asked = [readings for readings, _ in batch]
            decisions = await loop.run_in_executor(
                self._announces, self.gate.judge_infohashes, asked
            )
            for (_, future), decision in zip(batch, decisions, strict=True):
                if not future.done():
                    future.set_result(decision)

    def _give_up(self, future: asyncio.Future[Decision]) -> None:
        if not future.done():
            future.set_result(self.gate.late())

    def _untold(self, why: str) -> Decision:
        return self.gate.untold(why)
