from __future__ import annotations

import numpy as np
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.seal.oprf.field import LIMBS, limbs_of
from tidebreak.seal.oprf.field_kernels import LANES, NUMBER
from tidebreak.seal.oprf.root_kernels import CONSTANTS, inverse_root

VALUES = [1, 4, 2, 5, twin.P - 1, twin.D, 0, 121666]


def test_the_constants_are_those_of_the_rfc():
    values = [twin.value_of(number[:, 0].tolist()) for number in CONSTANTS]
    assert values == [0, 1, twin.D, 2 * twin.D % twin.P, twin.ROOT, twin.INVERSE_ROOT]


def test_roots_are_those_of_the_twin():
    room = np.zeros((12, LIMBS, LANES), np.uint64)
    room[0] = np.array([limbs_of(value) for value in VALUES], np.uint64).T
    place = room.ctypes.data
    inverse_root(place, place + NUMBER, place, place + 2 * NUMBER, CONSTANTS.ctypes.data)
    for lane, value in enumerate(VALUES):
        square, root = twin.sqrt_ratio(1, value)
        assert int(room[1, 0, lane]) == ((1 << 64) - 1 if square and value else 0)
        if square:
            assert twin.value_of(room[0, :, lane].tolist()) == root
    assert twin.value_of(room[0, :, VALUES.index(0)].tolist()) == 0
    assert {twin.sqrt_ratio(1, value)[0] for value in VALUES} == {True, False}
