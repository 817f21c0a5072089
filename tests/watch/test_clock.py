from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.watch.clock import StreamClock


def test_the_first_frame_is_placed_now_and_the_others_follow_their_timestamps():
    clock = StreamClock()
    assert [clock.place(90_000 + 40 * n, 5000) for n in range(3)] == [5000, 5040, 5080]


def test_another_connection_goes_on_when_it_comes():
    clock = StreamClock()
    clock.place(1000, 0)
    clock.restart()
    assert clock.place(77, 9000) == 9000
    assert clock.place(117, 9000) == 9040


def test_a_stream_that_runs_ahead_is_not_set_back():
    clock = StreamClock()
    for n in range(100):
        clock.place(n * 100, 0)
    clock.restart()
    assert clock.place(0, 50) == 9900


def test_a_jump_counts_from_the_moment():
    clock = StreamClock()
    clock.place(0, 0)
    assert clock.place(10_000_000, 40) == 40
    assert clock.place(10_000_040, 80) == 80
    assert clock.place(5, 2000) == 2000


def test_without_timestamps_the_moment_counts():
    clock = StreamClock()
    assert [clock.place(None, now) for now in (3, 9, 7)] == [3, 9, 9]


def test_what_is_missing_is_measured_by_what_is_usual():
    clock = StreamClock()
    assert not clock.gap_before(40, 0)
    assert not clock.gap_before(1000, 40)
    clock = StreamClock()
    for n in range(30):
        assert not clock.gap_before(40 * n + 40, 40 * n)
    assert clock.gap_before(3200, 1200)
    slides = StreamClock()
    for n in range(30):
        assert not slides.gap_before(2000 * n + 2000, 2000 * n)


@given(st.lists(st.tuples(st.none() | st.floats(-1e12, 1e12), st.integers(0, 10_000)), max_size=60))
def test_time_never_goes_back(steps):
    clock, now, last = StreamClock(), 0, 0
    for stamp, passed in steps:
        now += passed
        placed = clock.place(stamp, now)
        assert last <= placed <= max(last, now) + 10_000
        last = placed
