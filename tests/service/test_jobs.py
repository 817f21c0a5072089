from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import anyio
import pytest
from tests.backends import BOTH
from tests.service.service_helper import digest

from tidebreak.errors import UsageError
from tidebreak.service.grouped import Grouped
from tidebreak.service.jobs import MOST, Job, Jobs, Tell
from tidebreak.service.problems import Problem
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores

BACKENDS = BOTH


@pytest.fixture
def db(stores: Stores) -> Iterator[Sql]:
    made = stores.open("service", "tidebreak.service")
    yield made
    made.close()


async def quick(tell: Tell) -> dict[str, int]:
    tell(3, 4)
    return {"added": 3}


async def slow(tell: Tell) -> dict[str, int]:
    tell(1, 4)
    await asyncio.sleep(30)
    return {}


def in_loop(db: Sql, run: Callable[[Jobs], Awaitable[None]]) -> None:
    async def inside() -> None:
        jobs = Jobs(db, Grouped(db))
        await run(jobs)
        await jobs.close()

    anyio.run(inside)


async def finished(jobs: Jobs, id: str) -> Job:
    while True:
        job = await jobs.get(id)
        assert job is not None
        if job.state != "running":
            return job
        await asyncio.sleep(0.01)


def test_what_came_of_it(db: Sql):
    async def run(jobs: Jobs) -> None:
        job = await jobs.start("import", "list", "ann", quick)
        assert (job.state, job.subject) == ("running", "list")
        done = await finished(jobs, job.id)
        assert (done.state, done.result, done.done, done.total) == ("done", {"added": 3}, 3, 4)
        assert await jobs.get("another") is None

    in_loop(db, run)


@pytest.mark.parametrize("error", [UsageError("Say it otherwise."), UsageError(digest(1)),
                                   RuntimeError(digest(1))])  # fmt: skip
def test_why_it_failed(db: Sql, error: Exception, capsys: pytest.CaptureFixture[str]):
    async def fail(tell: Tell) -> dict[str, int]:
        raise error

    async def run(jobs: Jobs) -> None:
        done = await finished(jobs, (await jobs.start("import", "l", "ann", fail)).id)
        assert done.state == "failed"
        assert done.error
        assert digest(1) not in done.error

    in_loop(db, run)
    assert digest(1) not in capsys.readouterr().err


def test_one_of_a_kind_and_a_few_at_a_time(db: Sql):
    async def run(jobs: Jobs) -> None:
        for number in range(MOST):
            await jobs.start("import", f"list {number}", "ann", slow)
        for subject in ("list 0", "another"):
            with pytest.raises(Problem) as raised:
                await jobs.start("import", subject, "ann", slow)
            assert raised.value.said.status == 409

    in_loop(db, run)


def test_what_was_interrupted_says_so(db: Sql):
    ids: list[str] = []

    async def run(jobs: Jobs) -> None:
        ids.append((await jobs.start("import", "list", "ann", slow)).id)
        await asyncio.sleep(0)

    in_loop(db, run)

    async def look(jobs: Jobs) -> None:
        job = await jobs.get(ids[0])
        assert job is not None
        assert job.state == "interrupted"

    in_loop(db, look)
    with db.writing():  # as a process leaves it that is killed
        db.change("UPDATE job SET state = 'running', seen = ?", (time.time() - 60,))
    in_loop(db, look)
