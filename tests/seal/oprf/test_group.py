from __future__ import annotations

import numpy as np
import pytest
import rbcl

from tidebreak.errors import UsageError
from tidebreak.seal.oprf import group
from tidebreak.seal.oprf.suite import ORDER


def elements(count: int) -> np.ndarray:
    return group.elements_of(b"".join(rbcl.crypto_core_ristretto255_random() for _ in range(count)))


def test_both_ways_give_the_same(monkeypatch: pytest.MonkeyPatch):
    given, scalars = elements(12), group.random_scalars(12)
    lanes = group.decoded(given)
    by_lanes = lanes.times(scalars), group.total(lanes, scalars), lanes.times(scalars[3])
    monkeypatch.setattr(group, "MANY", 100)
    few = group.decoded(given)
    assert type(few) is not type(lanes)
    by_one = few.times(scalars), group.total(few, scalars), few.times(scalars[3])
    assert (by_lanes[0] == by_one[0]).all()
    assert by_lanes[1] == by_one[1]
    assert (by_lanes[2] == by_one[2]).all()


@pytest.mark.parametrize("count", [3, 9])
@pytest.mark.parametrize("bad", [bytes(32), b"\xff" * 32, b"\x01" + bytes(31)])
def test_what_is_no_element_is_refused_either_way(count: int, bad: bytes):
    given = elements(count).copy()
    given[2] = np.frombuffer(bad, np.uint8)
    with pytest.raises(UsageError, match="Element 2 "):
        group.decoded(given)


def test_elements_have_32_bytes():
    with pytest.raises(UsageError, match="32 bytes"):
        group.elements_of(bytes(33))


def test_inverses_undo_their_scalars():
    scalars = group.random_scalars(5)
    for scalar, inverse in zip(scalars, group.inverted(scalars), strict=True):
        product = int.from_bytes(scalar.tobytes(), "little") * int.from_bytes(
            inverse.tobytes(), "little"
        )
        assert product % ORDER == 1
