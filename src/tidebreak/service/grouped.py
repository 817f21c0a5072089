"""Small changes of many requests together in one transaction: one wait for the disk, not many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import anyio.to_thread

from tidebreak.sql import Sql

_T = TypeVar("_T")

_Change = Callable[[Sql], Any]
_Waiting = tuple[_Change, "asyncio.Future[Any]"]

_MOST_TOGETHER = 500


class Grouped:
    """Carries out changes in ``db``; for the thread of one event loop.

    A change that fails fails all that were with it: changes fail only where the store does.
    """

    def __init__(self, db: Sql) -> None:
        self._db = db
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def do(self, change: Callable[[Sql], _T]) -> _T:
        """Return what ``change`` does, once that is on the disk."""
        future: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            try:
                results = await anyio.to_thread.run_sync(self._together, [c for c, _ in batch])
            except Exception as error:
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
        self._task = None

    def _together(self, changes: list[_Change]) -> list[Any]:
        with self._db.writing():
            return [change(self._db) for change in changes]
