from __future__ import annotations

import itertools

import pytest

from tidebreak.gates.content_policy import ContentPolicy, OnRefusal, Outcome, Ruling, worst
from tidebreak.gates.policy import OnFailure
from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Screened, Surface

STATES = (State.MATCHED, State.CLEAR, State.NOT_FULLY_EXAMINED)


def screened(
    state: State, action: Action, holds: tuple[str, ...] = (), unexamined: int = 0
) -> Screened:
    decision = Decision(action, "rule", "why", policy="p", holds=holds)
    return Screened("id", "at", Origin(), state, Level.NONE, decision, (), "7", 0, unexamined)


def ruled(
    state: State, action: Action, holds: tuple[str, ...] = (), unexamined: int = 0, **more
) -> Ruling:
    found = screened(state, action, holds, unexamined)
    return ContentPolicy(**{"on_failure": OnFailure.CLOSED, **more}).ruling(found)


def test_what_passes_is_what_the_policy_lets_and_nothing_else():
    passing = {
        (state, action)
        for state, action in itertools.product(STATES, Action)
        if ruled(state, action).passes
    }
    assert passing == {
        (State.CLEAR, Action.ALLOW),
        (State.CLEAR, Action.REVIEW),
        (State.MATCHED, Action.ALLOW),
        (State.MATCHED, Action.REVIEW),
        # Only when the policy says in as many words that it may.
        (State.NOT_FULLY_EXAMINED, Action.ALLOW),
    }


@pytest.mark.parametrize("action", [Action.QUARANTINE, Action.BLOCK])
@pytest.mark.parametrize("mode", list(OnFailure))
def test_what_the_policy_takes_away_passes_no_gate_whatever_was_seen_of_it(
    action: Action, mode: OnFailure
):
    found = {state: ruled(state, action, on_failure=mode).outcome for state in STATES}
    assert found == {
        State.MATCHED: Outcome.REFUSE,
        State.CLEAR: Outcome.REFUSE,
        State.NOT_FULLY_EXAMINED: Outcome.FAILURE,  # nothing known was found in it
    }


def test_nothing_is_called_known_because_it_cannot_be_read():
    early = {"refuse_from": Action.REVIEW}
    held = ruled(State.NOT_FULLY_EXAMINED, Action.REVIEW, **early)
    assert (held.outcome, held.known) == (Outcome.FAILURE, None)
    assert ruled(State.NOT_FULLY_EXAMINED, Action.REVIEW, on_failure=OnFailure.OPEN, **early).passes


def test_a_gate_may_refuse_from_another_action_on():
    assert not ruled(State.MATCHED, Action.REVIEW, refuse_from=Action.REVIEW).passes
    assert ruled(State.MATCHED, Action.QUARANTINE, refuse_from=Action.BLOCK).passes


def test_what_could_not_be_looked_into_is_a_failure_that_an_open_gate_lets_pass():
    closed = ruled(State.NOT_FULLY_EXAMINED, Action.REVIEW)
    assert (closed.outcome, closed.known, closed.screening) == (Outcome.FAILURE, None, "id")
    opened = ruled(State.NOT_FULLY_EXAMINED, Action.REVIEW, on_failure=OnFailure.OPEN)
    assert (opened.passes, opened.known) == (True, None)


@pytest.mark.parametrize("hold", ["flood", "dispute"])
@pytest.mark.parametrize("mode", list(OnFailure))
def test_what_is_held_for_a_person_passes_no_gate(hold: str, mode: OnFailure):
    for action, refuse_from in itertools.product(Action, Action):
        holds = ("sample", hold)
        found = ruled(State.MATCHED, action, holds, on_failure=mode, refuse_from=refuse_from)
        refused = action.rank >= refuse_from.rank
        assert found.outcome is (Outcome.REFUSE if refused else Outcome.FAILURE)
        assert (found.known, found.screening) == (True, "id")


def test_a_sample_for_a_person_holds_nothing_back():
    assert ruled(State.CLEAR, Action.ALLOW, ("sample",)).passes


def test_something_known_does_not_let_pass_what_nobody_could_look_into():
    held = ruled(State.MATCHED, Action.REVIEW, unexamined=1)
    assert (held.outcome, held.known) == (Outcome.FAILURE, None)
    opened = ruled(State.MATCHED, Action.REVIEW, unexamined=1, on_failure=OnFailure.OPEN)
    assert (opened.passes, opened.known) == (True, None)
    assert ruled(State.MATCHED, Action.ALLOW, unexamined=1).passes
    assert ruled(State.MATCHED, Action.BLOCK, unexamined=1).outcome is Outcome.REFUSE


def test_a_gate_that_only_reports_refuses_nothing_that_is_known_but_still_fails():
    report = {"on_refusal": OnRefusal.REPORT}
    ruling = ruled(State.MATCHED, Action.BLOCK, **report)
    assert (ruling.passes, ruling.known) == (True, True)
    assert ruled(State.MATCHED, Action.REVIEW, ("flood",), **report).passes
    assert not ruled(State.NOT_FULLY_EXAMINED, Action.REVIEW, **report).passes


def test_what_must_never_pass_does_not_pass_an_open_gate_either():
    policy = ContentPolicy(OnFailure.OPEN)
    assert policy.failure("why").passes
    assert policy.failure("why", never=True).outcome is Outcome.FAILURE


def test_the_hardest_ruling_of_the_parts_counts():
    rulings = [Ruling(outcome, "") for outcome in Outcome]
    for shuffled in itertools.permutations(rulings):
        assert worst(shuffled).outcome is Outcome.REFUSE
    assert worst(rulings[:2]).outcome is Outcome.FAILURE
    reviewed = Ruling(Outcome.PASS, "", action=Action.REVIEW)
    assert worst([rulings[0], reviewed, Ruling(Outcome.PASS, "", action=Action.ALLOW)]) is reviewed


def test_the_origin_is_what_the_operator_stated():
    policy = ContentPolicy(OnFailure.CLOSED, Surface.HOSTING, "GB")
    assert policy.origin("gate", "x") == Origin(Surface.HOSTING, "GB", "x", "gate")
