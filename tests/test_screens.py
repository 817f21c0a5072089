from __future__ import annotations

from tidebreak.screens import Action, Overloaded


def test_actions_are_ordered_from_the_mildest():
    assert sorted(Action, key=lambda action: action.rank) == [
        Action.ALLOW, Action.REVIEW, Action.QUARANTINE, Action.BLOCK,
    ]  # fmt: skip


def test_overload_says_when_to_come_back():
    assert Overloaded(3).seconds == 3
    assert "3 s" in str(Overloaded(3))
