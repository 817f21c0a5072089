from __future__ import annotations

import itertools

import pytest

from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Overloaded, Screened


def test_actions_are_ordered_from_the_mildest():
    assert sorted(Action, key=lambda action: action.rank) == [
        Action.ALLOW, Action.REVIEW, Action.QUARANTINE, Action.BLOCK,
    ]  # fmt: skip


def test_overload_says_when_to_come_back():
    assert Overloaded(3).seconds == 3
    assert "3 s" in str(Overloaded(3))


def screened(
    action: Action,
    holds: tuple[str, ...] = (),
    state: State = State.MATCHED,
    unexamined: int = 0,
) -> Screened:
    decision = Decision(action, "rule", "why", holds=holds)
    return Screened("id", "at", Origin(), state, Level.NONE, decision, (), "7", 0, unexamined)


def test_what_is_seen_whole_passes_below_the_action_that_refuses():
    for action, refuse_from in itertools.product(Action, Action):
        for state in (State.CLEAR, State.MATCHED):
            passes = screened(action, ("sample",), state).may_pass(refuse_from)
            assert passes is (action.rank < refuse_from.rank)
    assert [screened(action).may_pass() for action in Action] == [True, True, False, False]


@pytest.mark.parametrize("hold", ["flood", "dispute"])
def test_what_waits_for_a_person_never_passes(hold: str):
    for action in Action:
        held = screened(action, ("sample", hold))
        assert held.held_by == (hold,)
        assert not held.may_pass(Action.BLOCK)


@pytest.mark.parametrize(
    ("state", "unexamined"), [(State.NOT_FULLY_EXAMINED, 0), (State.MATCHED, 1), (State.CLEAR, 2)]
)
def test_what_nobody_could_look_into_passes_only_by_a_rule_that_allows_it(
    state: State, unexamined: int
):
    for action in Action:
        found = screened(action, (), state, unexamined)
        assert not found.fully_examined
        assert found.untold is (action is not Action.ALLOW)
        assert found.may_pass(Action.BLOCK) is (action is Action.ALLOW)
