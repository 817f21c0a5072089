from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import pytest
from tests.backends import BOTH

from tidebreak.errors import TidebreakError
from tidebreak.service.grouped import Grouped
from tidebreak.sql import Sql
from tidebreak.store.stores import Stores

BACKENDS = BOTH


@pytest.fixture
def db(stores: Stores) -> Iterator[Sql]:
    made = stores.open("service", "tidebreak.service")
    yield made
    made.close()


def insert(number: int):
    return lambda db: db.change("INSERT INTO beat (id, at) VALUES (?, 0.0)", (number,))


def test_many_together_wait_for_the_disk_once(db: Sql, monkeypatch: pytest.MonkeyPatch):
    grouped, transactions, real = Grouped(db), 0, db.writing

    @contextmanager
    def counted():
        nonlocal transactions
        transactions += 1
        with real():
            yield

    monkeypatch.setattr(db, "writing", counted)

    async def run() -> list[int]:
        return await asyncio.gather(*(grouped.do(insert(n)) for n in range(100)))

    assert anyio.run(run) == [1] * 100
    assert db.row("SELECT count(*) FROM beat") == (100,)
    assert transactions <= 3


def test_whoever_waits_hears_of_a_failure_and_the_next_one_goes_on(db: Sql):
    grouped = Grouped(db)

    def fail(db: Sql) -> None:
        raise TidebreakError("The disk is full.")

    async def run() -> None:
        with pytest.raises(TidebreakError, match="full"):
            await grouped.do(fail)
        await grouped.do(insert(1))

    anyio.run(run)
    assert db.row("SELECT count(*) FROM beat") == (1,)


def test_whoever_stops_waiting_does_not_stop_the_rest(db: Sql):
    grouped = Grouped(db)

    async def run() -> None:
        given_up = asyncio.create_task(grouped.do(insert(1)))
        other = asyncio.create_task(grouped.do(insert(2)))
        await asyncio.sleep(0)
        given_up.cancel()
        await other

    anyio.run(run)
    assert db.row("SELECT count(*) FROM beat") == (2,)
