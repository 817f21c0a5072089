from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.watch.pace import WORDS, Effort, Pace


def driven(pace: Pace, busy: list[bool], start: float = 0.0) -> list[Effort]:
    """Tenths of a second; where not busy, all input was read."""
    efforts = []
    for step, is_busy in enumerate(busy):
        now = start + step / 10
        if not is_busy:
            pace.drained(now)
        pace.adapt(now)
        efforts.append(pace.effort)
    return efforts


def new(*, live: bool = True, effort: Effort = Effort.EVERY_FRAME) -> Pace:
    return Pace(0.0, live=live, patience=1.0, effort=effort)


def test_less_is_done_step_by_step_while_input_piles_up():
    efforts = driven(new(), [True] * 100)
    assert efforts[9] is Effort.EVERY_FRAME
    assert [efforts.index(effort) for effort in Effort] == [0, 11, 21, 31]
    assert efforts[-1] is Effort.KEYFRAMES


def test_a_sender_that_waits_is_examined_in_full():
    assert set(driven(new(live=False), [True] * 100)) == {Effort.EVERY_FRAME}


def test_more_is_done_again_after_some_quiet():
    efforts = driven(new(), [True] * 15 + [False] * 100)
    assert efforts[14] is Effort.SOME_FRAMES
    assert efforts[50] is Effort.SOME_FRAMES
    assert efforts[-1] is Effort.EVERY_FRAME


def test_never_more_than_was_asked_for():
    efforts = driven(new(effort=Effort.SOME_FRAMES), [False] * 1000)
    assert set(efforts) == {Effort.SOME_FRAMES}


def test_a_relapse_makes_the_next_wait_longer():
    pace, times, last = new(), [], Effort.EVERY_FRAME
    for step in range(2000):  # keeps up with some frames, not with all
        now = step / 10
        if pace.effort is not Effort.EVERY_FRAME:
            pace.drained(now)
        pace.adapt(now)
        if pace.effort is Effort.EVERY_FRAME and last is Effort.SOME_FRAMES:
            times.append(now)
        last = pace.effort
    waits = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert waits[1] > 1.5 * waits[0]
    assert len(times) <= 6


@given(st.lists(st.booleans(), max_size=300))
def test_one_step_at_a_time_and_at_most_one_a_second(busy):
    efforts = driven(new(), busy)
    changes = [n for n in range(1, len(efforts)) if efforts[n] != efforts[n - 1]]
    assert all(abs(efforts[n] - efforts[n - 1]) == 1 for n in changes)
    assert all(later - sooner >= 10 for sooner, later in itertools.pairwise(changes))


def test_every_effort_has_its_words():
    assert set(WORDS) == set(Effort)
