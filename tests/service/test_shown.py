from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.service_helper import digest, match_of

from tidebreak.access.roles import Permission, Principal
from tidebreak.model import Examination, Level, Match, Signal, State, Verdict
from tidebreak.screens import Action, Decision, Origin, Part, Screened, Surface
from tidebreak.service import shown
from tidebreak.service.forms.screening import HashedForm, MatchedForm, MatchForm, ScreenedForm

SIGNALS = (Signal.parse("sha256", digest(1)), Signal.parse("pdq", digest(1), 77))
SEEN_BY_FEW = {"distance", "quality", "known_fraction", "file_fraction", "ranges", "region",
               "transform", "known_part"}  # fmt: skip
DISTANT = Principal("key:a", "a", frozenset({Permission.DISTANCES}))
PLAIN = Principal("key:b", "b", frozenset({Permission.SCREEN}))
NARROW = Principal("key:c", "c", frozenset(), lists=frozenset({"mine"}))


def screened(*matches: Match) -> Screened:
    level = matches[0].level if matches else Level.NONE
    verdict = Verdict(level, matches, 2)
    part = Part("a.zip!/b", 3, "image/png", State.MATCHED, verdict, SIGNALS, "", "noted")
    return Screened(
        "01M8", "2026-11-23T02:00:00+00:00", Origin(Surface.HOSTING, "EU", "item 1", "c"),
        State.MATCHED, level, Decision(Action.BLOCK, "r", "w", "law", "v", ("flood",)),
        (part,), "1.2", 4,
    )  # fmt: skip


def test_answers_have_the_form_that_is_described():
    for caller in (DISTANT, PLAIN):
        text = shown.encoded(shown.screened_for(screened(match_of(1)), caller))
        form = ScreenedForm.model_validate_json(text)
        assert form.model_dump(mode="json", exclude_unset=True) == json.loads(text)
        assert form.parts[0].signals[1].quality == 77


def test_no_field_is_left_out_but_distances():
    plain = shown.match_of(match_of(1), distances=False)
    full = shown.match_of(match_of(1), distances=True)
    named = {item.name for item in fields(Match)} - {"number"}
    assert set(full) == named
    assert set(plain) == named - SEEN_BY_FEW
    assert set(MatchForm.model_fields) == named
    assert {item.name for item in fields(Screened)} == set(ScreenedForm.model_fields)


@pytest.mark.parametrize(
    ("level", "told"), [(Level.EXACT, True), (Level.EXACT_WEAK, True), (Level.NEAR, False),
                        (Level.POSSIBLE, False), (Level.LEAD, False)],
)  # fmt: skip
def test_a_reason_does_not_say_the_distance_to_those_who_may_not_see_it(level: Level, told: bool):
    match = replace(match_of(1), level=level, reason="4 of 256 bits differ", signal="pdq")
    assert shown.match_of(match, distances=True)["reason"] == match.reason
    assert ("4 of 256" in shown.match_of(match, distances=False)["reason"]) == told


def test_an_id_that_may_be_a_hash_is_a_number():
    assert shown.entry_of(digest(1), 7) == "#7"
    assert shown.entry_of("case-12", 7) == "case-12"


def test_look_ups_are_written_as_described():
    verdicts = [Verdict(), Verdict(Level.EXACT, (match_of(1),)), Verdict(omitted=3)]
    text = shown.matched(verdicts, ["", "", "nothing to compare"], "1.2", distances=False)
    form = MatchedForm.model_validate_json(text)
    assert [one.level for one in form.items] == [Level.NONE, Level.EXACT, Level.NONE]
    assert form.items[2].omitted == 3
    assert [one.reason for one in form.items] == ["", "", "nothing to compare"]
    assert b"distance" not in text


def test_whoever_may_know_of_one_list_is_told_of_no_other():
    near = match_of(2, "mine")
    both = screened(match_of(1), near)
    shown_ = shown.screened_for(both, NARROW)
    assert [m["list"] for m in shown_["parts"][0]["verdict"]["matches"]] == ["mine"]
    other = shown.screened_for(screened(match_of(1)), NARROW)
    assert (other["level"], other["parts"][0]["verdict"]["matches"]) == ("none", [])
    assert other["decision"]["action"] == "block"
    assert other["decision"]["rule"] == shown.NOT_SHOWN
    assert other["decision"]["why"] == "the policy says block"
    assert shown.narrowed([Verdict(Level.EXACT, (match_of(1),))], NARROW) == [Verdict()]


def test_what_is_there_for_whom():
    hosting = replace(PLAIN, surfaces=frozenset({Surface.HOSTING}))
    public = replace(PLAIN, surfaces=frozenset({Surface.PUBLIC}))
    one = screened(match_of(1))
    there = [who for who in (PLAIN, hosting, public, NARROW) if shown.is_there_for(one, who)]
    assert there == [PLAIN, hosting]
    assert shown.is_there_for(screened(match_of(1), match_of(2, "mine")), NARROW)
    assert shown.is_there_for(screened(), NARROW)


@given(st.text(st.characters(codec=None)))  # lone surrogates as well: names of files have them
def test_any_name_can_be_written(name: str):
    content = shown.examined([Examination(name, 1, "text/plain", SIGNALS)], 2)
    json.loads(shown.encoded(content))


def test_examinations_have_the_form_that_is_described():
    found = shown.examined([Examination("a", 1, "text/plain", SIGNALS, reason="cut")], 2)
    form = HashedForm.model_validate_json(shown.encoded(found))
    assert form.model_dump(mode="json", exclude_unset=True) == found
