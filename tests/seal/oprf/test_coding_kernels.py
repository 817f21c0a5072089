from __future__ import annotations

import numpy as np
import rbcl
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.seal.oprf.coding_kernels import ROOM, decode_all, encode_all
from tidebreak.seal.oprf.field import LIMBS, limbs_of
from tidebreak.seal.oprf.field_kernels import LANES
from tidebreak.seal.oprf.root_kernels import CONSTANTS

ALL = (1 << 64) - 1


def test_decoding_and_encoding_agree_with_the_twin():
    elements = [rbcl.crypto_core_ristretto255_random() for _ in range(LANES - 1)] + [bytes(32)]
    numbers = [limbs_of(int.from_bytes(element, "little")) for element in elements]
    values = np.array([numbers], np.uint64).transpose(0, 2, 1).copy()
    points, valid = np.zeros((1, 4, LIMBS, LANES), np.uint64), np.zeros((1, 3, LANES), np.uint64)
    decode_all(values, points, valid, np.zeros(ROOM, np.uint64), CONSTANTS)
    assert valid[0].tolist() == [[ALL] * LANES, [0] * LANES, [0] * LANES]
    for lane, element in enumerate(elements):
        decoded = tuple(twin.value_of(number.tolist()) for number in points[0, :, :, lane])
        assert decoded == twin.decode(element)
    encoded = np.zeros_like(values)
    encode_all(points, encoded, np.zeros(ROOM, np.uint64), CONSTANTS)
    assert (encoded == values).all()


def test_each_reason_to_refuse_has_its_mask():
    found = {"no square": 0, "odd": 0}
    numbers = [2 * n for n in range(1, 65)]
    for start in range(0, 64, LANES):
        values = np.array([[limbs_of(n) for n in numbers[start : start + LANES]]], np.uint64)
        values = values.transpose(0, 2, 1).copy()
        points = np.zeros((1, 4, LIMBS, LANES), np.uint64)
        valid = np.zeros((1, 3, LANES), np.uint64)
        decode_all(values, points, valid, np.zeros(ROOM, np.uint64), CONSTANTS)
        for lane in range(LANES):
            square, odd, zero = valid[0, :, lane].tolist()
            taken = square == ALL and not odd and not zero
            assert taken == (twin.decode(numbers[start + lane].to_bytes(32, "little")) is not None)
            found["no square"] += not square
            found["odd"] += bool(square and odd)
    assert all(found.values())
