from __future__ import annotations

import pytest

from tidebreak.matching.matcher import Judgement
from tidebreak.model import Examination, Level, Observation, Signal, State, Verdict
from tidebreak.screening import parts
from tidebreak.screening.lookups import Judged
from tidebreak.screening.parts import (
    Whole,
    level_of_whole,
    part_of,
    state_of_whole,
    stated_signals,
)
from tidebreak.screens import Part


def judged(
    items: list[tuple[str, Level, str]], version: str = "1.1"
) -> tuple[list[Examination], Judged]:
    examined = [Examination(member, 1, "x", reason=reason) for member, _, reason in items]
    return examined, Judged(
        tuple(Observation(member, 1, "x") for member, _, _ in items),
        tuple(Judgement(Verdict(level)) for _, level, _ in items),
        tuple(reason for _, _, reason in items),
        version,
    )


def members(found: tuple[Part, ...]) -> list[str]:
    return [part.member for part in found]


def test_everything_is_stated_while_there_is_room():
    whole = Whole()
    whole.add(*judged([("a", Level.NONE, ""), ("b", Level.NEAR, "")]))
    whole.add(*judged([("", Level.NONE, "cut off")], "2.2"))
    found = whole.finish()
    assert members(found) == ["a", "b", ""]
    assert whole.places == [0, 1, 2]
    assert whole.version == "1.1"
    assert state_of_whole(found) is State.MATCHED
    assert level_of_whole(found) is Level.NEAR
    assert found[2].note == ""


def test_what_says_something_is_stated_before_what_is_clear(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 3)
    whole = Whole()
    whole.add(*judged([(f"clear {n}", Level.NONE, "") for n in range(5)]))
    whole.add(*judged([("bad", Level.NONE, "damaged"), ("near", Level.NEAR, "")]))
    whole.add(*judged([("exact", Level.EXACT, ""), ("", Level.NONE, "")]))
    found = whole.finish()
    assert set(members(found)) == {"", "near", "exact"}
    assert dict(zip(members(found), whole.places, strict=True)) == {"near": 6, "exact": 7, "": 8}
    note = next(part.note for part in found if not part.member)
    assert note == "6 more parts are not stated (5 clear, 1 not fully examined)"
    assert whole.seen == 9
    assert set(whole.unstated) == {State.CLEAR, State.NOT_FULLY_EXAMINED}


def test_what_could_not_be_examined_is_counted_whatever_else_was_found(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(parts, "MOST_PARTS", 2)
    whole = Whole()
    whole.add(*judged([("sealed", Level.NONE, "encrypted"), ("near", Level.NEAR, "cut off")]))
    whole.add(*judged([("exact", Level.EXACT, ""), ("", Level.NEAR, "")]))
    assert {part.member for part in whole.finish()} == {"", "exact"}
    assert whole.unexamined == 2


def test_a_part_that_is_not_stated_still_makes_the_whole_incomplete():
    assert state_of_whole([]) is State.CLEAR
    assert state_of_whole([], [State.NOT_FULLY_EXAMINED]) is State.NOT_FULLY_EXAMINED


def test_an_allowed_member_says_nothing_of_the_others():
    clear = Part("", 1, "x", State.CLEAR)
    allowed = Part("a", 1, "x", State.CLEAR, Verdict(Level.ALLOWED))
    assert level_of_whole([allowed, clear]) is Level.NONE
    assert level_of_whole([Part("", 1, "x", State.CLEAR, Verdict(Level.ALLOWED))]) is Level.ALLOWED
    assert (
        level_of_whole([allowed, Part("b", 1, "x", State.MATCHED, Verdict(Level.LEAD))])
        is Level.LEAD
    )


def test_a_part_has_its_signals_but_no_vectors_or_features():
    signals = (Signal.parse("md5", "00" * 16), Signal.parse("orb", "AQ" + "A" * 53 + "="))
    item = Examination("", 5, "image/png", signals, note="n")
    assert [s.type.name for s in stated_signals(item)] == ["md5"]
    part = part_of(item, Verdict(), "why")
    assert (part.state, part.reason, part.note) == (State.NOT_FULLY_EXAMINED, "why", "n")
