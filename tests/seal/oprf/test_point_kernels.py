from __future__ import annotations

import numpy as np
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.seal.oprf import point_kernels
from tidebreak.seal.oprf.field import LIMBS, limbs_of
from tidebreak.seal.oprf.field_kernels import LANES
from tidebreak.seal.oprf.point_kernels import WINDOWS
from tidebreak.seal.oprf.root_kernels import CONSTANTS

BASE = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


def room(count: int) -> np.ndarray:
    return np.zeros(point_kernels.room_for(count), np.uint64)


def test_multiples_are_those_of_the_twin():
    digits = np.zeros((1, WINDOWS, 1, LANES), np.uint64)
    signs = np.zeros_like(digits)
    digits[0, 0, 0] = range(1, 1 + LANES)  # lane i: i + 1, or in odd lanes 16 - (i + 1)
    digits[0, 1, 0, 1::2] = 1
    signs[0, 0, 0, 1::2] = (1 << 64) - 1
    base = twin.decode(BASE)
    assert base is not None
    points, sums = np.zeros((2, 1, 1, 4, LIMBS, LANES), np.uint64)
    points[0, 0] = np.array([limbs_of(number) for number in base], np.uint64)[:, :, None]
    point_kernels.multiply_all(points, digits, signs, sums[0], room(1), CONSTANTS)
    for lane in range(LANES):
        scalar = 16 - (lane + 1) if lane % 2 else lane + 1
        x, y, z, t = (twin.value_of(number.tolist()) for number in sums[0, 0, :, :, lane])
        assert twin.encode((x, y, z, t)) == twin.encode(twin.times(scalar, base))
        assert x * y % twin.P == z * t % twin.P


def test_sums_are_taken_lane_by_lane():
    digits = np.zeros((1, WINDOWS, 3, LANES), np.uint64)
    digits[0, 0] = np.arange(3 * LANES).reshape(3, LANES) % 9
    base = twin.decode(BASE)
    assert base is not None
    points, sums = (
        np.zeros((1, 3, 4, LIMBS, LANES), np.uint64),
        np.zeros((1, 4, LIMBS, LANES), np.uint64),
    )
    points[0] = np.array([limbs_of(number) for number in base], np.uint64)[None, :, :, None]
    point_kernels.multiply_all(points, digits, np.zeros_like(digits), sums, room(3), CONSTANTS)
    for lane in range(LANES):
        x, y, z, t = (twin.value_of(number.tolist()) for number in sums[0, :, :, lane])
        scalar = int(digits[0, 0, :, lane].sum())
        assert twin.encode((x, y, z, t)) == twin.encode(twin.times(scalar, base))
