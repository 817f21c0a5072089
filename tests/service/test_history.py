from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Screened
from tidebreak.service.history import _MS, SLOT_SECONDS, SLOTS, History


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return History(clock)


def screened(level=Level.NONE, action=Action.ALLOW):
    decision = Decision(action, "rule", "why")
    return Screened("id", "now", Origin(), State.CLEAR, level, decision, (), "1")


def test_requests_are_counted_where_they_fall(history, clock):
    for status in (200, 200, 429, 503):
        history.request("/v1/match", status, 0.004)
    clock.now += SLOT_SECONDS
    history.request("/v1/screen", 200, 2.5)
    first, second = history.slots()
    assert (first.rate, first.failed, first.refused) == (0.4, 1, 1)
    assert (first.p50, first.p99) == (5, 5)
    assert second.at - first.at == SLOT_SECONDS
    assert second.p99 == 5000


def test_who_watches_is_no_load(history):
    for route in ("/healthz", "/v1/status", "/v1/status/history", "/", "/pages/page.js", "none"):
        history.request(route, 200, 0.1)
    assert history.slots() == []


def test_verdicts_are_counted_by_level_and_action(history):
    history.screened(screened())
    history.screened(screened(Level.EXACT, Action.QUARANTINE))
    [slot] = history.slots()
    assert slot.levels == {"none": 1, "exact": 1}
    assert slot.actions == {"allow": 1, "quarantine": 1}
    assert slot.p50 is None


def test_an_hour_is_kept_and_no_more(history, clock):
    for _ in range(SLOTS + 50):
        history.request("/v1/match", 200, 0.001)
        clock.now += SLOT_SECONDS
    slots = history.slots()
    assert len(slots) == SLOTS - 1  # the one under way has seen nothing yet
    clock.now += 3600
    assert history.slots() == []


def test_a_clock_that_is_set_back_loses_nothing(history, clock):
    history.request("/v1/match", 200, 0.001)
    clock.now -= 500
    history.request("/v1/match", 200, 0.001)
    assert [slot.rate for slot in history.slots()] == [0.2]


@given(st.lists(st.floats(0, 40), min_size=1, max_size=40))
def test_percentiles_are_bounds_of_what_sorting_says(seconds):
    history = History(Clock())
    for one in seconds:
        history.request("/v1/match", 200, one)
    [slot] = history.slots()
    for share, shown in ((0.5, slot.p50), (0.99, slot.p99)):
        exact = sorted(seconds)[math.ceil(share * len(seconds)) - 1] * 1000
        assert shown == next((bound for bound in _MS if exact <= bound), _MS[-1])
