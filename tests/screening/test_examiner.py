from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.screening.rig import run, spool

from tidebreak.errors import CannotAsk, WorkersFailed
from tidebreak.media.pool import GivenUp, Job, Posture
from tidebreak.media.sandbox_ladder import Rung
from tidebreak.model import Depth, Examination
from tidebreak.screening import examiner as module
from tidebreak.screening.examiner import CHUNK, Examiner
from tidebreak.screens import Overloaded
from tidebreak.settings import Settings

LADDER = Posture((Rung("process", True, ""), Rung("limits", True, "")))


class Pool:
    """A pool in this process: what a file says is what happens to it."""

    made: list[Settings] = []  # noqa: RUF012
    failing = 0
    hold = threading.Event()

    def __init__(self, settings: Settings, *_: object, **__: object) -> None:
        self.made.append(settings)
        self.posture = LADDER
        self.held: list[Job] = []
        self.given_up = False

    def begin(self, *, every: bool = False) -> None:
        if Pool.failing:
            Pool.failing -= 1
            raise WorkersFailed("no sandbox here")

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for job in self.held:
            os.close(job.fd)

    def examine(self, jobs: Iterator[Job | None]) -> Iterator[tuple[Job, Examination | None]]:
        for job in jobs:
            if job is None:
                time.sleep(0.001)
                continue
            self.held.append(job)
            text = os.pread(job.fd, 100, 0).decode()
            if text == "break":
                raise RuntimeError("a bug")
            if text == "wait":
                while not Pool.hold.wait(0.001):
                    if self.given_up:
                        raise GivenUp
            for number in range(int(text) if text.isdecimal() else 0):
                yield job, Examination(f"{number}", 1, "x")
            yield job, Examination("", job.size, text, note="full" if job.full else "")
            os.close(job.fd)
            self.held.remove(job)
            yield job, None


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Examiner]:
    monkeypatch.setattr(module, "WorkerPool", Pool)
    monkeypatch.setattr(module, "_AGAIN_SECONDS", (0.01,))
    Pool.made, Pool.failing, Pool.hold = [], 0, threading.Event()
    examiner = Examiner(Settings(), workers=1, most=4)
    yield examiner
    Pool.hold.set()
    if examiner._thread.is_alive():
        examiner.stop(grace=0.0)


def text_of(found: tuple[Examination, ...]) -> str:
    return found[-1].content


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_each_gets_what_is_its_own(made: Examiner, tmp_path: Path):
    made.start()
    assert made.posture is LADDER
    before = descriptors()

    async def ask(text: str, *, full: bool = False) -> tuple[Examination, ...]:
        with spool(tmp_path, text.encode()) as content:
            return await made.examine(content, full=full)

    async def together() -> list[tuple[Examination, ...]]:
        return await asyncio.gather(ask("a"), ask("b", full=True), ask("3"))

    a, b, c = run(together())
    assert (text_of(a), text_of(b), b[0].note, len(c)) == ("a", "b", "full", 4)
    assert made.jobs.depth == 0
    assert descriptors() <= before


def test_members_come_in_pieces(made: Examiner, tmp_path: Path):
    made.start()

    async def sizes() -> list[int]:
        with spool(tmp_path, str(2 * CHUNK + 5).encode()) as content:
            return [len(piece) async for piece in made.pieces(content)]

    assert run(sizes()) == [CHUNK, CHUNK, 6]


def test_too_many_are_refused_at_once_and_the_others_answered(made: Examiner, tmp_path: Path):
    made.start()

    async def ask() -> list[object]:
        with spool(tmp_path, b"wait") as held, spool(tmp_path, b"x") as small:
            first = asyncio.ensure_future(made.examine(held))
            await asyncio.sleep(0.05)
            others = [asyncio.ensure_future(made.examine(small)) for _ in range(5)]
            done, _ = await asyncio.wait(others, timeout=0.1)
            assert len(done) == 2  # of four that may wait, one is under way
            Pool.hold.set()
            await first
            return await asyncio.gather(*others, return_exceptions=True)

    found = run(ask())
    assert sum(isinstance(one, Overloaded) for one in found) == 2
    assert sum(isinstance(one, tuple) for one in found) == 3


def test_whoever_goes_away_wedges_nothing(made: Examiner, tmp_path: Path):
    made.start()

    async def ask() -> str:
        with spool(tmp_path, b"wait") as held, spool(tmp_path, b"x") as small:
            for content in (held, small, small):
                task = asyncio.ensure_future(made.examine(content))
                await asyncio.sleep(0.02)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert made.jobs.depth == 1  # what a worker has already; the others are forgotten
            Pool.hold.set()
            return text_of(await made.examine(small))

    assert run(ask()) == "x"


def test_a_pool_that_breaks_is_told_and_started_again(made: Examiner, tmp_path: Path):
    made.start()

    async def ask() -> str:
        with spool(tmp_path, b"break") as bad, spool(tmp_path, b"x") as good:
            with pytest.raises(CannotAsk, match="RuntimeError"):
                await made.examine(bad)
            deadline = time.monotonic() + 5
            while made.failure and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            return text_of(await made.examine(good))

    before = descriptors()
    assert run(ask()) == "x"
    assert len(Pool.made) == 2
    assert descriptors() <= before


def test_workers_that_do_not_start_are_said_so(made: Examiner):
    Pool.failing = 1000
    with pytest.raises(WorkersFailed, match="no sandbox"):
        made.start()


def test_while_there_are_no_workers_nothing_can_be_told(made: Examiner, tmp_path: Path):
    made.start()
    made.failure = "no workers now"

    async def ask() -> None:
        with spool(tmp_path, b"x") as content:
            await made.examine(content)

    with pytest.raises(CannotAsk, match="no workers now"):
        run(ask())


def test_other_settings_make_other_workers_and_lose_nothing(made: Examiner, tmp_path: Path):
    made.start()

    async def ask() -> list[str]:
        found: list[str] = []
        for depth in (Depth.STANDARD, Depth.DEEP, Depth.DEEP, Depth.FAST):
            made.adapt(Settings(depth=depth))
            with spool(tmp_path, depth.value.encode()) as content:
                found.append(text_of(await made.examine(content)))
        return found

    assert run(ask()) == ["standard", "deep", "deep", "fast"]
    assert [settings.depth.value for settings in Pool.made] == ["standard", "deep", "fast"]


def test_stopping_answers_everybody(made: Examiner, tmp_path: Path):
    made.start()

    async def ask() -> None:
        with spool(tmp_path, b"wait") as content:
            task = asyncio.ensure_future(made.examine(content))
            await asyncio.sleep(0.05)
            await asyncio.to_thread(made.stop, 0.0)
            await task

    with pytest.raises(CannotAsk, match="stopped"):
        run(ask())


def test_members_that_come_faster_than_they_are_judged_are_no_answer(
    made: Examiner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "CHUNK", 2)
    monkeypatch.setattr(module, "_MOST_CHUNKS", 3)
    made.start()

    async def ask() -> None:
        with spool(tmp_path, b"5000") as content:
            async for _ in made.pieces(content):
                time.sleep(0.2)

    with pytest.raises(CannotAsk, match="More members"):
        run(ask())
