from __future__ import annotations

import numpy as np
import pytest
from tests.seal.sealed_helper import MASTER

from tidebreak.errors import Damaged
from tidebreak.seal.canaries import COUNT, canary_keys, trace
from tidebreak.seal.filter import Filter
from tidebreak.seal.online.issued import OperatorSet, issue
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known
from tidebreak.seal.online.wire import SET_KEY

KEYS = SealKeys.derive(MASTER)


def known(count: int) -> Known:
    values = np.random.default_rng(1).integers(0, 256, (count, 16), np.uint8)
    return Known.of(values, np.ones(count, np.bool_), KEYS.public)


def test_what_is_known_is_never_missed():
    everything = known(5000)
    held = OperatorSet.from_bytes(issue(everything, KEYS, "abcd2345"))
    assert held.may_have(everything.values).all()
    assert len(held) == 5000 + COUNT
    others = np.random.default_rng(2).integers(0, 256, (200_000, 16), np.uint8)
    assert held.may_have(others).sum() <= 20  # three expected


def test_an_empty_set_has_nothing_but_canaries():
    held = OperatorSet.from_bytes(issue(known(0), KEYS, "abcd2345"))
    assert len(held) == COUNT
    assert held.may_have(np.empty((0, 16), np.uint8)).shape == (0,)


def test_a_leaked_set_names_its_operator_and_no_other():
    leaked = Filter.from_bytes(issue(known(1000), KEYS, "abcd2345")[SET_KEY:])
    found = trace(leaked, KEYS.canaries, [("abcd2345", ""), ("other234", "")])
    assert [(one.operator, one.found) for one in found] == [("abcd2345", COUNT)]
    assert found[0].chance < -1000


def test_two_operators_can_find_nothing_out_by_comparing():
    one, other = (issue(known(1000), KEYS, name) for name in ("abcd2345", "other234"))
    assert one[:SET_KEY] != other[:SET_KEY]
    left, right = (Filter.from_bytes(data[SET_KEY:]).values for data in (one, other))
    assert len(np.intersect1d(left, right)) <= 3
    assert (issue(known(1000), KEYS, "abcd2345") == one) is True


def test_the_canaries_are_the_operators_own():
    held = Filter.from_bytes(issue(known(10), KEYS, "abcd2345")[SET_KEY:])
    assert held.has(canary_keys(KEYS.canaries, "abcd2345")).all()


@pytest.mark.parametrize("cut", [0, 10, 32, 60, -1])
def test_a_set_that_is_not_whole_is_refused(cut: int):
    with pytest.raises(Damaged):
        OperatorSet.from_bytes(issue(known(50), KEYS, "abcd2345")[:cut])
