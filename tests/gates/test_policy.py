from __future__ import annotations

import pytest

from tidebreak.gates.policy import Action, OnFailure, OnHit, OnUnjudged, Policy, Unjudged

SILENT = (Unjudged(2, "b", "shorter than a piece"),)


def test_defaults_are_closed():
    policy = Policy()
    assert policy.hit("7").action is Action.REFUSE
    assert policy.failure("no answer").action is Action.HOLD
    assert policy.clear("7").action is Action.ALLOW
    assert policy.clear("7", SILENT).action is Action.ALLOW


@pytest.mark.parametrize(
    ("choice", "action"),
    [(OnHit.REFUSE, "refuse"), (OnHit.HOLD, "hold"), (OnHit.REPORT, "allow")],
)
def test_a_hit_is_stated_whatever_is_done(choice: OnHit, action: str):
    decision = Policy(on_hit=choice).hit("7")
    assert (decision.action, decision.known, decision.version) == (action, True, "7")
    assert ("only reports" in decision.why) == (action == "allow")


def test_no_policy_refuses_for_what_an_author_claims():
    assert Policy().doubted("7").action is Action.HOLD
    actions = {Policy(on_hit=choice).claimed("7").action for choice in OnHit}
    assert actions == {Action.HOLD, Action.ALLOW}
    assert Policy().claimed("7").action is Action.HOLD


def test_an_open_policy_lets_through_and_says_so():
    decision = Policy(on_failure=OnFailure.OPEN).failure("no answer")
    assert (decision.action, decision.known) == (Action.ALLOW, None)
    assert "no answer" in decision.why
    assert "let through" in decision.why


def test_what_is_not_judged_may_wait():
    decision = Policy(on_unjudged=OnUnjudged.HOLD).clear("7", SILENT)
    assert (decision.action, decision.known, decision.unjudged) == (Action.HOLD, False, SILENT)
