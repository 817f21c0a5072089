from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.client.attempts import Attempts, Heard, Patience, Pause, Reply, Silence, Try
from tidebreak.client.errors import CannotAsk, ComeBack


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def play(
    outcomes: list[Heard],
    patience: Patience,
    *,
    repeatable: bool = True,
    clock: Clock | None = None,
    most: bool = True,
) -> tuple[Reply | CannotAsk, list[float]]:
    """Carry the steps out on a clock of one's own; return the end and the pauses."""
    clock = clock or Clock()
    attempts = Attempts(patience, clock, (lambda _, most: most) if most else (lambda low, _: low))
    steps, outcome, pauses, left = attempts.steps(lambda: repeatable), None, [], iter(outcomes)
    try:
        while True:
            step = steps.send(outcome)
            if isinstance(step, Pause):
                pauses.append(step.seconds)
                clock.at += step.seconds
                outcome = None
            else:
                assert isinstance(step, Try)
                assert 0 < step.seconds <= patience.seconds
                outcome = next(left)
    except StopIteration as done:
        return done.value, pauses
    except CannotAsk as error:
        return error, pauses


def said(status: int, retry_after: str = "") -> Reply:
    return Reply(status, {"retry-after": retry_after} if retry_after else {}, b"")


DOWN = Silence("ConnectError")


def test_pauses_double_up_to_a_limit_and_the_answer_is_returned():
    patience = Patience(tries=6, pause=1, longest=4)
    end, pauses = play([DOWN, said(502), said(503), said(504), said(429), said(200)], patience)
    assert end == said(200)
    assert pauses == [1, 2, 4, 4, 4]


def test_jitter_is_full():
    _, pauses = play([DOWN, DOWN, said(200)], Patience(), most=False)
    assert pauses == [0, 0]


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 409, 413, 422, 500, 501])
def test_what_will_not_be_another_answer_is_not_asked_for_again(status: int):
    end, pauses = play([said(status)], Patience())
    assert end == said(status)
    assert not pauses


def test_what_the_service_asks_for_is_waited_for_and_a_little_more():
    end, pauses = play([said(429, "7"), said(200)], Patience(pause=0.5))
    assert end == said(200)
    assert pauses == [7.5]


def test_a_date_is_a_time_to_wait_until():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    _, pauses = play([said(503, date), said(200)], Patience(pause=0))
    assert 18 <= pauses[0] <= 20


@pytest.mark.parametrize("text", ["soon", "-5", "1e3", "Wed, 01 Jan 2020 00:00:00 GMT", "²"])
def test_nonsense_and_the_past_are_no_time_to_wait(text: str):
    _, pauses = play([said(503, text), said(200)], Patience(pause=0))
    assert pauses == [0]


def test_a_wait_beyond_the_deadline_is_told_at_once():
    end, pauses = play([said(429, "3600")], Patience(deadline=60))
    assert isinstance(end, ComeBack)
    assert end.wait == 3600
    assert not pauses


def test_the_same_key_under_way_is_waited_for():
    end, pauses = play([said(409, "1"), said(200)], Patience())
    assert end == said(200)
    assert len(pauses) == 1


@pytest.mark.parametrize("outcome", [DOWN, said(503), said(429, "1")])
def test_what_may_not_be_repeated_is_not(outcome: Heard):
    end, pauses = play([outcome], Patience(), repeatable=False)
    assert isinstance(end, CannotAsk)
    assert not pauses


def test_silence_in_the_end_is_no_answer():
    end, pauses = play([DOWN] * 3, Patience(tries=3))
    assert isinstance(end, CannotAsk)
    assert not isinstance(end, ComeBack)
    assert len(pauses) == 2


@given(
    st.lists(st.sampled_from([DOWN, said(502), said(429, "3"), said(503, "40")]), max_size=30),
    st.integers(1, 10),
    st.floats(0.5, 50),
)
def test_neither_tries_nor_time_are_exceeded(outcomes: list[Heard], tries: int, deadline: float):
    clock = Clock()
    patience = Patience(tries=tries, deadline=deadline)
    end, pauses = play([*outcomes, said(200)], patience, clock=clock)
    assert clock.at - 1000 <= deadline
    assert len(pauses) < tries
    if isinstance(end, Reply):
        assert end.status == 200
