"""What takes longer than a request: imports, and matching anew. Each has an id to ask after.

A job that its process no longer tells of is shown as interrupted: what jobs do is done as a whole
or not at all, so that it can simply be asked for again.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import anyio.to_thread

from tidebreak.errors import TidebreakError
from tidebreak.service.grouped import Grouped
from tidebreak.service.logs import unforeseen
from tidebreak.service.problems import Problem, safe
from tidebreak.sql import Sql

MOST = 4
"""Jobs of one process at a time."""

_TELL_SECONDS, _SILENT_SECONDS = 5.0, 30.0
_RUNNING, _DONE, _FAILED, _INTERRUPTED = "running", "done", "failed", "interrupted"

Tell = Callable[[int, int], None]
"""Called, from any thread, with how much is done of how much."""

Work = Callable[[Tell], Awaitable[dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is; ``subject`` is what it is about, such as the name of a list."""

    id: str
    kind: str
    subject: str
    state: str
    created_at: str
    done: int
    total: int
    result: dict[str, int]
    error: str


class Jobs:
    """The jobs of this process, in a store that all replicas read."""

    def __init__(self, db: Sql, grouped: Grouped) -> None:
        self._db, self._grouped = db, grouped
        self._running: dict[str, tuple[Job, asyncio.Task[None]]] = {}

    async def start(self, kind: str, subject: str, actor: str, work: Work) -> Job:
        """Begin a job; raise `Problem` (409) where one like it, or too many others, run."""
        same = any(job.kind == kind and job.subject == subject for job, _ in self._running.values())
        if same or len(self._running) >= MOST:
            raise Problem(409, "Another job must end first; ask again later.", name="busy")
        created = datetime.now(UTC).isoformat(timespec="seconds")
        job = Job(str(uuid.uuid4()), kind, subject, _RUNNING, created, 0, 0, {}, "")
        row = (job.id, kind, subject, actor, _RUNNING, created, time.time(), 0, 0, "{}", "")
        await self._grouped.do(lambda db: db.change(_INSERT, row))
        self._running[job.id] = job, asyncio.create_task(self._run(job, work))
        return job

    async def get(self, id: str) -> Job | None:
        """Return a job, None when there is none."""
        if id in self._running:
            return self._running[id][0]
        row = await anyio.to_thread.run_sync(self._db.row, _SELECT, (id,))
        if row is None:
            return None
        id, kind, subject, state, created, seen, done, total, result, error = row
        job = Job(id, kind, subject, state, created, done, total, json.loads(result), error)
        silent = job.state == _RUNNING and time.time() - seen > _SILENT_SECONDS
        return replace(job, state=_INTERRUPTED) if silent else job

    async def close(self) -> None:
        """End what runs; what a thread is doing meanwhile is done whole or not at all."""
        for _, task in list(self._running.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, job: Job, work: Work) -> None:
        telling = asyncio.create_task(self._telling(job.id))

        def tell(done: int, total: int) -> None:
            before = self._running.get(job.id)
            if before:
                self._running[job.id] = replace(before[0], done=done, total=total), before[1]

        state, result, error = _FAILED, dict[str, int](), ""
        try:
            result = await work(tell)
            state = _DONE
        except asyncio.CancelledError:
            state = _INTERRUPTED
            raise
        except TidebreakError as reason:
            error = safe(str(reason))
        except Exception as reason:
            unforeseen(reason, job.id)
            error = "The job failed; tell who runs the service."
        finally:
            telling.cancel()
            now = self._running[job.id][0]
            values = (state, time.time(), now.done, now.total, json.dumps(result), error, job.id)
            await self._grouped.do(lambda db: db.change(_END, values))
            del self._running[job.id]

    async def _telling(self, id: str) -> None:
        while True:
            await asyncio.sleep(_TELL_SECONDS)
            job = self._running[id][0]
            values = (time.time(), job.done, job.total, id)
            with suppress(TidebreakError):
                await self._grouped.do(lambda db, row=values: db.change(_SEEN, row))


_INSERT = """
INSERT INTO job (id, kind, subject, actor, state, created_at, seen, done, total, result, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SELECT = """
SELECT id, kind, subject, state, created_at, seen, done, total, result, error FROM job WHERE id = ?
"""
_SEEN = "UPDATE job SET seen = ?, done = ?, total = ? WHERE id = ?"
_END = "UPDATE job SET state = ?, seen = ?, done = ?, total = ?, result = ?, error = ? WHERE id = ?"
