from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.rig import Rig, pdq, run, sha256

from tidebreak.errors import CannotAsk
from tidebreak.matching.matcher import Matcher
from tidebreak.model import Examination, Level
from tidebreak.screening import lookups
from tidebreak.screening.lookups import Judged, cannot


def named(number: int) -> Examination:
    return Examination("", -1, "", (sha256(number),))


def test_those_who_ask_together_each_get_their_own(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    rig.know("ours", "sha256", *(sha256(n).text for n in range(0, 300, 3)))
    sizes: list[int] = []
    judge = Matcher.judge

    def counted(self: Matcher, items: list):
        sizes.append(len(items))
        return judge(self, items)

    monkeypatch.setattr(Matcher, "judge", counted)

    async def ask() -> list[Judged]:
        return await asyncio.gather(
            *(rig.lookups.judge([named(n), named(n + 1)]) for n in range(300))
        )

    found = run(ask())
    for n, judged in enumerate(found):
        levels = [one.verdict.level is Level.EXACT for one in judged.judgements]
        assert levels == [number % 3 == 0 and number < 300 for number in (n, n + 1)]
        assert judged.version == rig.opened.catalogue.label
    assert sum(sizes) == 600
    assert len(sizes) < 100  # judged together, not one by one


def test_one_that_cannot_be_judged_costs_the_others_nothing(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
):
    rig.know("ours", "sha256", sha256(1).text)
    judge = Matcher.judge

    def picky(self: Matcher, items: list):
        if any(item.size == 13 for item in items):
            raise ValueError("no")
        return judge(self, items)

    monkeypatch.setattr(Matcher, "judge", picky)
    bad = Examination("", 13, "", (sha256(2),))

    async def ask() -> list[Judged | BaseException]:
        asked = [rig.lookups.judge([item]) for item in (named(1), bad, named(3))]
        return await asyncio.gather(*asked, return_exceptions=True)

    first, second, third = run(ask())
    assert isinstance(first, Judged)
    assert isinstance(second, CannotAsk)
    assert "ValueError" in str(second)
    assert isinstance(third, Judged)


def test_a_fast_hash_that_comes_near_asks_for_the_full_decode(rig: Rig):
    rig.know("ours", "pdq", pdq(1).text)
    rough = Examination("", 9, "image/jpeg", (pdq(1, 3),), preproc="pdq-1/fast")
    exact = Examination("", 9, "image/jpeg", (pdq(1, 3),), preproc="pdq-1/full")
    found = run(rig.lookups.judge([rough, exact]))
    assert found.confirm
    assert [one.confirm for one in found.judgements] == [True, False]
    assert not found.part(1, 2).confirm
    assert found.part(1, 2).judgements[0].verdict.level is Level.NEAR


def test_whoever_goes_away_does_not_disturb_the_others(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)

    async def ask() -> Judged:
        tasks = [asyncio.ensure_future(rig.lookups.judge([named(n)])) for n in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        return await tasks[1]

    assert run(ask()).judgements[0].verdict.level is Level.EXACT


def test_nothing_is_answered_after_the_end(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    rig.lookups.stop()
    with pytest.raises(CannotAsk, match="stopped"):
        run(rig.lookups.judge([named(1)]))


def test_what_they_are_told_names_no_detail():
    assert str(cannot(CannotAsk("why"))) == "why"
    assert "ab" * 16 not in str(cannot(RuntimeError("ab" * 16)))


def test_one_who_asks_much_lets_others_go_between(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    rig.know("ours", "sha256", *(sha256(n).text for n in range(0, 40, 3)))
    monkeypatch.setattr(lookups, "MOST_AT_ONCE", 4)
    sizes: list[int] = []
    judge = Matcher.judge

    def counted(self: Matcher, items: list):
        sizes.append(sum(len(item.types) for item in items))
        return judge(self, items)

    monkeypatch.setattr(Matcher, "judge", counted)
    done: list[str] = []

    async def ask(name: str, numbers: range) -> Judged:
        found = await rig.lookups.judge([named(n) for n in numbers])
        done.append(name)
        return found

    async def both() -> list[Judged]:
        return await asyncio.gather(ask("much", range(40)), ask("little", range(3)))

    much, little = run(both())
    assert done == ["little", "much"]
    assert max(sizes) < 8  # never more than one turn of each
    exact = [one.verdict.level is Level.EXACT for one in much.judgements]
    assert exact == [n % 3 == 0 for n in range(40)]
    assert len(much.observations) == len(much.reasons) == 40
    assert little.judgements[0].verdict.level is Level.EXACT


def test_what_was_judged_by_several_versions_is_of_the_oldest():
    parts = [Judged((), (), (), version) for version in ("10.7", "9.80", "11.0")]
    assert Judged.joined(parts).version == "9.80"


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_turns_are_all_of_it_and_none_is_too_heavy(items: list[int], most: int):
    turns = list(lookups.in_turns(items, lambda item: item, most))
    assert [one for turn in turns for one in turn] == items
    assert all(turn and (sum(turn) <= most or len(turn) == 1) for turn in turns)
