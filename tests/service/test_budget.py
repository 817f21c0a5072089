from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.screens import Overloaded
from tidebreak.service.budget import Budget


@given(st.lists(st.lists(st.integers(0, 40), max_size=6), max_size=8))
def test_the_bound_holds_and_everything_comes_back(requests: list[list[int]]):
    budget = Budget(60)
    for sizes in requests:
        with budget.share() as share:
            for size in sizes:
                before, had = budget.used, share.size
                with suppress(Overloaded):
                    share.grow(size)
                assert budget.used == before or budget.used == before - had + size
                assert 0 <= budget.used <= 60
    assert budget.used == 0


def test_a_share_grows_and_is_given_back_when_the_request_fails():
    budget = Budget(10)

    def fail() -> None:
        with budget.share() as share:
            share.grow(4)
            share.grow(3)
            assert budget.used == 4
            with budget.share() as other:
                other.grow(7)

    with pytest.raises(Overloaded) as raised:
        fail()
    assert raised.value.seconds > 0
    assert budget.used == 0


def test_what_is_only_announced_keeps_nobody_out():
    budget = Budget(100)
    with budget.share() as slow, budget.share() as quick:
        slow.announce(100)
        quick.announce(100)
        quick.grow(60)
        with pytest.raises(Overloaded):
            slow.announce(41)
        slow.grow(40)
        assert budget.used == 100
    assert budget.used == 0
