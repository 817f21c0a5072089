from __future__ import annotations

import numpy as np
from tests.seal import ristretto_twin as twin

from tidebreak.seal import point_kernels
from tidebreak.seal.field import LIMBS, limbs_of, value_of
from tidebreak.seal.field_kernels import LANES
from tidebreak.seal.point_kernels import CONSTANTS, WINDOWS

BASE = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


def test_the_constants_are_those_of_the_rfc():
    values = [value_of(number[:, 0].tolist()) for number in CONSTANTS]
    assert values == [0, 1, twin.D, 2 * twin.D % twin.P, twin.ROOT, twin.INVERSE_ROOT]


def test_decoding_multiplying_and_encoding_agree_with_the_twin():
    digits = np.zeros((1, WINDOWS, 1, LANES), np.uint64)
    signs = np.zeros_like(digits)
    digits[0, 0, 0] = range(1, 1 + LANES)  # lane i: i + 1, or in odd lanes 16 - (i + 1)
    digits[0, 1, 0, 1::2] = 1
    signs[0, 0, 0, 1::2] = (1 << 64) - 1
    values = np.zeros((1, LIMBS, LANES), np.uint64)
    values[0] = np.array(limbs_of(int.from_bytes(BASE, "little")), np.uint64)[:, None]
    points, sums = np.zeros((2, 1, 1, 4, LIMBS, LANES), np.uint64)
    valid = np.zeros((1, 3, LANES), np.uint64)
    point_kernels.decode_all(values, points[0], valid, CONSTANTS)
    assert (valid[0, 0] == (1 << 64) - 1).all()
    assert not valid[0, 1:].any()
    point_kernels.multiply_all(points, digits, signs, sums[0], CONSTANTS)
    point_kernels.encode_all(sums[0], values, CONSTANTS)
    base = twin.decode(BASE)
    assert base is not None
    for lane in range(LANES):
        scalar = 16 - (lane + 1) if lane % 2 else lane + 1
        encoded = value_of(values[0, :, lane].tolist()).to_bytes(32, "little")
        assert encoded == twin.encode(twin.times(scalar, base))
