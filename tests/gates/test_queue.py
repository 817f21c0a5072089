from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from tests.gates.conftest import Oracle

from tidebreak.gates import queue as queues
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.gate import Gate
from tidebreak.gates.policy import OnFailure, Policy
from tidebreak.gates.queue import Queue

KNOWN, CLEAR = (b"k" * 20,), (b"c" * 20,)


class Slow(Oracle):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__({("btih", KNOWN[0])})
        self.may = threading.Event()

    def ask(self, items: Sequence):
        self.may.wait(10)
        return super().ask(items)


def test_what_waits_is_asked_about_together():
    async def run() -> list[bool]:
        waiting = [asyncio.create_task(queue.passes([CLEAR]))]
        await asyncio.sleep(0.05)  # the first is being asked
        others = [(bytes([number]) * 20,) for number in range(50)]
        named = [each for other in others for each in (other, KNOWN)]
        waiting += [asyncio.create_task(queue.passes([each])) for each in named]
        await asyncio.sleep(0.05)
        slow.may.set()
        return await asyncio.gather(*waiting)

    slow = Slow()
    queue = Queue(Gate(slow))
    assert asyncio.run(run()) == [True, *[True, False] * 50]
    assert [len(batch) for batch in slow.asked] == [1, 51]
    queue.close()


def test_one_known_infohash_of_several_is_enough(oracle: Oracle):
    oracle.known.add(("btih", KNOWN[0]))
    queue = Queue(Gate(oracle))
    assert not asyncio.run(queue.passes([CLEAR, KNOWN]))
    assert asyncio.run(queue.passes([]))
    queue.close()


@pytest.mark.parametrize(("choice", "passes"), [("closed", False), ("open", True)])
def test_who_waits_too_long_gets_what_the_policy_says(choice: str, passes: bool):
    slow = Slow()
    queue = Queue(Gate(slow, Policy(on_failure=OnFailure(choice))), patience=0.05)
    assert asyncio.run(queue.passes([CLEAR])) is passes
    assert queue.gate.status.record()["counts"]["untold"] == 1
    assert queue.gate.status.header.startswith("failing; ")
    slow.may.set()
    queue.close()


def test_that_nobody_answers_in_time_is_told_and_that_answers_come_again():
    told: list[EventKind] = []
    twice, slow = threading.Event(), Slow()

    def tell(event: Event) -> None:
        told.append(event.kind)
        if len(told) == 2:
            twice.set()

    queue = Queue(Gate(slow, on_event=tell), patience=0.05)
    asyncio.run(queue.passes([CLEAR]))
    slow.may.set()
    assert twice.wait(5)
    assert sorted(told) == [EventKind.FAILING, EventKind.RECOVERED]
    assert not queue.gate.status.failing
    queue.close()


def test_no_more_wait_than_there_is_room(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(queues, "_MOST_WAITING", 3)

    async def run() -> list[bool]:
        waiting = [asyncio.create_task(queue.passes([CLEAR])) for _ in range(5)]
        await asyncio.sleep(0.05)
        slow.may.set()
        return await asyncio.gather(*waiting)

    slow = Slow()
    queue = Queue(Gate(slow))
    assert sorted(asyncio.run(run())) == [False, False, True, True, True]
    queue.close()


def test_a_check_does_not_hold_up_announces(oracle: Oracle):
    async def run() -> None:
        let = threading.Event()
        check = asyncio.create_task(queue.check(lambda: let.wait(10)))
        assert await queue.passes([CLEAR])
        assert not check.done()
        let.set()
        await check

    queue = Queue(Gate(oracle))
    asyncio.run(run())
    queue.close()
