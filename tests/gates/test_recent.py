from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gates.conftest import Oracle

from tidebreak.errors import CannotAsk
from tidebreak.gates import recent
from tidebreak.gates.recent import Recent
from tidebreak.model import Signal
from tidebreak.signals import signal_type


def item(number: int) -> tuple[Signal, ...]:
    return (Signal(signal_type("btih"), bytes([number]) * 20),)


def test_what_is_fresh_is_not_asked_about(oracle: Oracle):
    now = [0.0]
    asker = Recent(oracle, fresh=10, clock=lambda: now[0])
    oracle.learn(*item(1))
    assert [a.known for a in asker.ask([item(1), item(2), item(1)])] == [True, False, True]
    assert [a.known for a in asker.ask([item(2), item(1), item(3)])] == [False, True, False]
    assert oracle.asked == [[list(item(1)), list(item(2))], [list(item(3))]]
    oracle.known.clear()
    now[0] = 9.9
    assert asker.ask([item(1)])[0].known
    now[0] = 10.0
    assert not asker.ask([item(1)])[0].known


def test_no_answer_is_not_kept(oracle: Oracle):
    asker = Recent(oracle)
    oracle.down()
    with pytest.raises(CannotAsk):
        asker.ask([item(1)])
    oracle.up()
    assert not asker.ask([item(1)])[0].known


def test_no_more_is_kept_than_there_is_room(oracle: Oracle, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recent, "MOST", 3)
    asker = Recent(oracle)
    asker.ask([item(number) for number in range(5)])
    asker.ask([item(number) for number in (2, 3, 4)])
    assert len(oracle.asked) == 1
    asker.ask([item(0)])
    assert len(oracle.asked) == 2


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=6), st.sets(st.integers(0, 5)))
def test_answers_are_those_of_whoever_is_asked(rounds: list[list[int]], known: set[int]):
    oracle = Oracle()
    for number in known:
        oracle.learn(*item(number))
    asker = Recent(oracle)
    for numbers in rounds:
        answers = asker.ask([item(number) for number in numbers])
        assert [answer.known for answer in answers] == [number in known for number in numbers]
