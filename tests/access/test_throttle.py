from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.access.ledger import Ledger
from tidebreak.access.throttle import ADDRESS, CODE, NAME, PAIR, Rule, Throttle, network_of
from tidebreak.errors import OverLimit
from tidebreak.store.stores import Stores

BACKENDS = BOTH

ANN = (PAIR, "ann 192.0.2.1")


@pytest.fixture
def throttle(ledger: Ledger) -> Throttle:
    return Throttle(ledger)


def test_waits_double_up_to_the_longest(throttle: Throttle, clock):
    waits = []
    for _ in range(20):
        try:
            throttle.enter(ANN)
        except OverLimit as error:
            waits.append(round(error.wait))
            clock.now += error.wait
            throttle.enter(ANN)
    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert waits[-1] == PAIR.longest


def test_who_is_too_early_is_not_counted(throttle: Throttle, clock):
    for _ in range(PAIR.free):
        throttle.enter(ANN)
    for _ in range(50):
        with pytest.raises(OverLimit) as error:
            throttle.enter(ANN)
        assert error.value.wait == 1
    clock.now += 1
    throttle.enter(ANN)


def test_the_strictest_decides_and_others_are_not_held_up(throttle: Throttle):
    for _ in range(PAIR.free):
        throttle.enter(ANN, (ADDRESS, "192.0.2.1"), (NAME, "ann"))
    with pytest.raises(OverLimit):
        throttle.enter(ANN, (ADDRESS, "192.0.2.1"), (NAME, "ann"))
    throttle.enter((PAIR, "ann 192.0.2.2"), (ADDRESS, "192.0.2.2"), (NAME, "ann"))
    throttle.enter((PAIR, "bob 192.0.2.1"), (ADDRESS, "192.0.2.1"), (NAME, "bob"))


def test_success_forgets_and_gives_back(throttle: Throttle):
    for _ in range(30):
        throttle.enter(ANN, (ADDRESS, "192.0.2.1"))
        throttle.forget(ANN)
        throttle.give_back((ADDRESS, "192.0.2.1"))


def test_failures_are_forgotten_after_a_day(throttle: Throttle, ledger: Ledger, clock):
    for _ in range(PAIR.free):
        throttle.enter(ANN)
    clock.now += 86401
    for _ in range(PAIR.free):
        throttle.enter(ANN)
    clock.now += 86401
    throttle.enter((PAIR, "bob"))
    assert ledger.sql.rows("SELECT failures FROM attempt") == [(1,)]


def test_what_was_typed_is_nowhere(throttle: Throttle, files: Stores):
    throttle.enter((NAME, "my password in the wrong field"))
    written = b"".join(path.read_bytes() for path in files.home.iterdir())
    assert b"wrong field" not in written


def test_processes_count_together(throttle: Throttle, again: Ledger):
    other = Throttle(again)
    for _ in range(PAIR.free):
        other.enter(ANN)
    with pytest.raises(OverLimit):
        throttle.enter(ANN)


@settings(deadline=None)
@given(st.sampled_from([PAIR, ADDRESS, NAME, CODE]), st.integers(0, 10**6))
def test_nobody_waits_for_ever(rule: Rule, failures: int):
    assert 0 <= rule.wait(failures) <= rule.longest
    assert rule.wait(failures) <= rule.wait(failures + 1)
    assert rule.wait(rule.free - 1) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
        ("unix", "unknown"),
    ],
)
def test_a_household_counts_as_one(address, network):
    assert network_of(address) == network
