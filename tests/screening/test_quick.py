from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from tidebreak.errors import CannotAsk
from tidebreak.model import Level, Signal, Verdict
from tidebreak.screening import quick
from tidebreak.screening.quick import Quick

KNOWN, OTHER = (Signal.parse("pdq", text * 64) for text in "ab")


class Lists:
    """Stands for the matcher, the lists and the thread that asks them."""

    def __init__(self):
        self.version, self.failing = "1", False
        self.passed: list[int] = []
        self.asked: list[int] = []
        self.changes_to = ""

    @property
    def matcher(self):
        return self

    def current(self):
        if self.failing:
            raise CannotAsk("no lists")
        return self

    def may_match(self, items, sealer):
        self.passed.append(len(items))
        return [row for row, item in enumerate(items) if KNOWN in item]

    async def judge(self, items):
        self.asked.append(len(items))
        self.version = self.changes_to or self.version
        verdicts = [Verdict(Level.NEAR if KNOWN in one.signals else Level.NONE) for one in items]
        return SimpleNamespace(
            version=self.version, judgements=[SimpleNamespace(verdict=one) for one in verdicts]
        )


@pytest.fixture
def lists():
    return Lists()


@pytest.fixture
def asked(lists):
    made = Quick(lists.current, None, lists)
    yield made
    made.stop()


def levels(answer):
    return [verdict.level for verdict in answer[0]]


def test_only_what_may_match_asks_the_lists(asked, lists):
    answer = asyncio.run(asked.match([[OTHER], [KNOWN], [OTHER, KNOWN], [OTHER]]))
    assert levels(answer) == [Level.NONE, Level.NEAR, Level.NEAR, Level.NONE]
    assert answer[1] == "1"
    assert lists.asked == [2]
    assert levels(asyncio.run(asked.match([[OTHER]]))) == [Level.NONE]
    assert lists.asked == [2]
    assert asyncio.run(asked.match([])) == ([], "1")


def test_what_comes_within_one_turn_is_compared_together(asked, lists):
    async def several():
        return await asyncio.gather(
            asked.match([[KNOWN]]), asked.match([[OTHER], [OTHER]]), asked.match([[OTHER], [KNOWN]])
        )

    found = asyncio.run(several())
    assert [levels(one) for one in found] == [
        [Level.NEAR], [Level.NONE, Level.NONE], [Level.NONE, Level.NEAR],
    ]  # fmt: skip
    assert lists.passed == [5]


def test_many_are_compared_beside_the_loop_and_get_the_same_answer(asked, lists, monkeypatch):
    monkeypatch.setattr(quick, "MOST_SECONDS", 0.0)

    async def several():
        return await asyncio.gather(asked.match([[KNOWN]] * 50), asked.match([[OTHER]] * 50))

    known, other = asyncio.run(several())
    assert set(levels(known)) == {Level.NEAR}
    assert set(levels(other)) == {Level.NONE}


@pytest.mark.parametrize("aside", [True, False])
def test_no_lists_is_no_answer(asked, lists, aside, monkeypatch):
    if aside:
        monkeypatch.setattr(quick, "MOST_SECONDS", 0.0)
    lists.failing = True
    with pytest.raises(CannotAsk, match="no lists"):
        asyncio.run(asked.match([[OTHER]]))
    lists.failing = False
    assert levels(asyncio.run(asked.match([[OTHER]]))) == [Level.NONE]


def test_what_fails_in_the_index_is_no_answer_either(asked, lists, monkeypatch):
    monkeypatch.setattr(lists, "may_match", lambda *_: 1 / 0)
    with pytest.raises(CannotAsk):
        asyncio.run(asked.match([[OTHER]]))


def test_one_answer_is_by_one_version_of_the_lists(asked, lists):
    lists.changes_to = "2"
    answer = asyncio.run(asked.match([[OTHER], [KNOWN]]))
    assert answer[1] == "2"
    assert levels(answer) == [Level.NONE, Level.NEAR]
    assert lists.asked == [1, 2]


def test_whoever_went_away_costs_the_others_nothing(asked, lists):
    async def several():
        gone = asyncio.ensure_future(asked.match([[OTHER]]))
        stays = asyncio.ensure_future(asked.match([[KNOWN]]))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert levels(asyncio.run(several())) == [Level.NEAR]


def test_many_are_compared_in_turns_and_each_answer_is_in_its_place(asked, lists, monkeypatch):
    monkeypatch.setattr(quick, "MOST_AT_ONCE", 4)
    items = [[OTHER], [KNOWN, OTHER], [OTHER, OTHER], [KNOWN], [OTHER]] * 3
    found = asyncio.run(asked.match(items))
    assert levels(found) == [Level.NEAR if KNOWN in item else Level.NONE for item in items]
    assert len(lists.passed) > 3
    assert lists.asked == [6]


def test_lists_that_change_between_two_turns_have_everything_judged(asked, lists, monkeypatch):
    monkeypatch.setattr(quick, "MOST_AT_ONCE", 1)
    may_match = lists.may_match

    def changing(items, sealer):
        lists.version = str(len(lists.passed))
        return may_match(items, sealer)

    monkeypatch.setattr(lists, "may_match", changing)
    found = asyncio.run(asked.match([[OTHER], [KNOWN], [OTHER]]))
    assert levels(found) == [Level.NONE, Level.NEAR, Level.NONE]
    assert lists.asked[0] == 3
