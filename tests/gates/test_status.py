from __future__ import annotations

from tidebreak.gates.policy import OnFailure, OnHit, Policy, Unjudged
from tidebreak.gates.status import Status


def test_everything_counted_adds_up():
    policy = Policy()
    status = Status(policy)
    decisions = (
        policy.hit("7"),
        policy.failure("why"),
        policy.clear("8"),
        policy.clear("8", (Unjudged(0, "", "why"),)),
        policy.claimed("8"),
    )
    for decision in decisions:
        status.count(decision)
    record = status.record()
    counts = record["counts"]
    assert counts["asked"] == counts["allow"] + counts["refuse"] + counts["hold"] == 5
    assert (counts["known"], counts["untold"], counts["partly judged"]) == (1, 1, 1)
    assert record["list_version"] == "8"


def test_only_changes_are_changes():
    status = Status(Policy(OnHit.HOLD, OnFailure.OPEN))
    assert status.answered() is None
    change = status.answered("gone")
    assert change is not None
    assert (change.failing, change.why) == (True, "gone")
    assert status.answered("gone still") is None
    assert status.header == "failing; on-failure=open; on-hit=hold"
    assert status.record()["failing_why"] == "gone still"
    change = status.answered()
    assert change is not None
    assert not change.failing
    assert status.record()["state"] == "ok"
    assert status.record()["failing_since"] is None
