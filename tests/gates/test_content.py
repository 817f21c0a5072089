from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.gates.screening import BROKEN, CLEAR, KNOWN, Screener, gate_of

from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.gates.content import ContentGate, Place
from tidebreak.gates.content_policy import ContentPolicy, OnRefusal, Outcome, Ruling
from tidebreak.gates.events import Event, EventKind
from tidebreak.gates.policy import OnFailure
from tidebreak.screens import Overloaded, Screened
from tidebreak.spool import IN_MEMORY, Spool, TooLarge, pour

pytestmark = pytest.mark.anyio


async def ruling(gate: ContentGate, data: bytes, item: str = "") -> Ruling:
    with gate.spool() as content:
        await pour(data, content)
        return await gate.screen(content, item)


async def test_it_says_what_follows_and_tells_what_is_not_simply_clear(
    tmp_path: Path, told: list[Event]
):
    gate = gate_of(Screener(), tmp_path, told)
    assert (await ruling(gate, CLEAR)).outcome is Outcome.PASS
    assert told == []
    refused = await ruling(gate, KNOWN, "photo 1")
    assert (refused.outcome, refused.screening) == (Outcome.REFUSE, "scr-2")
    assert (await ruling(gate, BROKEN)).outcome is Outcome.FAILURE
    assert [each.kind for each in told] == [EventKind.HIT, EventKind.HELD]
    assert told[0].place == "photo 1"
    assert "scr-2" in told[0].why


FAULTS = (
    CannotAsk("nobody is there"), Overloaded(7), TidebreakError("the disk is full"),
    RuntimeError("a fault of ours"), MemoryError(),
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("mode", list(OnFailure))
async def test_whatever_goes_wrong_is_a_failure_and_passes_an_open_gate_alone(
    tmp_path: Path, told: list[Event], fault: Exception, mode: OnFailure
):
    screener = Screener(error=fault)
    gate = gate_of(screener, tmp_path, told, on_failure=mode)
    for _ in range(3):
        found = await ruling(gate, CLEAR)
        assert found.passes is (mode is OnFailure.OPEN)
        assert found.known is None
    assert found.wait == (7 if isinstance(fault, Overloaded) and not found.passes else 0)
    # Told once, not for each that waits, and without the words of a fault of ours.
    assert [each.kind for each in told] == [EventKind.FAILING]
    assert "ours" not in told[0].why
    screener.error = None
    assert (await ruling(gate, CLEAR)).passes
    assert told[-1].kind is EventKind.RECOVERED


def test_screening_that_takes_too_long_is_a_failure(tmp_path: Path):
    gate = gate_of(Screener(delay=60), tmp_path, seconds=0.05)
    found = asyncio.run(ruling(gate, CLEAR))
    assert (found.outcome, found.why) == (Outcome.FAILURE, "screening took too long")


async def test_no_identifier_gets_into_an_origin_or_an_event(tmp_path: Path, told: list[Event]):
    screener = Screener()
    await ruling(gate_of(screener, tmp_path, told), KNOWN, f"/up/{'ab' * 20}.jpg")
    assert screener.asked[0][1].item == "/up/….jpg"
    assert "abab" not in told[0].as_json()


async def test_the_tag_changes_with_the_lists_and_with_nothing_else(tmp_path: Path):
    screener = Screener()
    gate = gate_of(screener, tmp_path)
    await ruling(gate, CLEAR)
    before = gate.tag
    await ruling(gate, KNOWN)
    assert gate.tag == before
    screener.version = "8"
    await ruling(gate, CLEAR)
    assert gate.tag != before
    assert len(gate.tag) <= 32  # RFC 3507, section 4.7


class Keeper:
    def __init__(self, fault: Exception | None = None) -> None:
        self.fault, self.kept = fault, list[str]()

    def keep(self, content: Spool, screened: Screened) -> None:
        if self.fault is not None:
            raise self.fault
        self.kept.append(screened.id)


@pytest.mark.parametrize("report", [False, True])
async def test_what_is_refused_is_kept_first_and_nothing_else(tmp_path: Path, report: bool):
    keeper = Keeper()
    policy = ContentPolicy(OnFailure.CLOSED, on_refusal=list(OnRefusal)[report])
    gate = ContentGate(Screener(), "gate", policy, Place(tmp_path, keeper=keeper))
    for data in (CLEAR, BROKEN, KNOWN):
        await ruling(gate, data)
    assert keeper.kept == ([] if report else ["scr-3"])
    assert gate.status.record()["counts"]["kept"] == len(keeper.kept)


async def test_what_cannot_be_kept_is_no_refusal_after_which_it_might_be_deleted(tmp_path: Path):
    told = list[Event]()
    place = Place(tmp_path, told.append, Keeper(OSError(28, "No space left on device")))
    gate = ContentGate(Screener(), "gate", ContentPolicy(OnFailure.OPEN), place)
    assert (await ruling(gate, KNOWN)).outcome is Outcome.FAILURE
    assert [each.kind for each in told] == [EventKind.WARNING, EventKind.HELD]


async def test_more_than_is_taken_does_not_get_in(tmp_path: Path):
    gate = gate_of(Screener(), tmp_path, most=IN_MEMORY + 10)
    with gate.spool() as content:
        await pour(bytes(IN_MEMORY), content)
        await pour(bytes(10), content)
        assert content.size == IN_MEMORY + 10
        with pytest.raises(TooLarge):
            await pour(b"x", content)
