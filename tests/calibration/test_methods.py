from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.calibration.methods import NOTHING, Hashing, Pixels, Prints, hamming


def prints(*rows: tuple[int, int]) -> Prints:
    """Hashes with that many bits set, each with its code; the first is the whole as it is."""
    values = [((1 << bits) - 1).to_bytes(32) for bits, _ in rows]
    return Prints.of_values(values, [code for _, code in rows])


def picture(number: int) -> Pixels:
    return np.full((1, 1, 3), number, np.uint8)


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_distance_is_the_number_of_different_bits(one, other):
    rows = (np.frombuffer(value, np.uint8).reshape(1, 32) for value in (one, other))
    assert hamming(*rows) == (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def method(stored: dict[int, Prints], asked: Prints) -> Hashing:
    return Hashing("test", lambda pixels: stored[int(pixels[0, 0, 0])], lambda _: asked)


def test_each_known_picture_answers_with_the_closest_of_its_hashes():
    stored = {1: prints((10, 0), (50, 3)), 2: prints((200, 0)), 3: Prints.of_values([])}
    known = method(stored, prints((12, 0), (198, 0))).enrol([picture(n) for n in (1, 2, 3)])
    answer = known.look_up(picture(9))
    assert answer.nearest.tolist() == [2, 2, NOTHING]
    assert answer.as_is.tolist() == [2, 188, NOTHING]
    assert answer.hashes == 2
    assert 0 <= answer.seconds < 1


def test_aligned_regions_are_compared_only_with_their_like():
    stored = {1: prints((100, 0), (30, 501)), 2: prints((100, 0), (30, 7))}
    known = method(stored, prints((30, 0), (30, 501), (30, 502))).enrol([picture(1), picture(2)])
    assert known.look_up(picture(9)).nearest.tolist() == [0, 0]
    known = method(stored, prints((30, 502))).enrol([picture(1), picture(2)])
    assert known.look_up(picture(9)).nearest.tolist() == [NOTHING, NOTHING]


def test_a_picture_without_a_hash_is_far_from_everything():
    known = method({1: prints((0, 0))}, Prints.of_values([])).enrol([picture(1)])
    assert known.look_up(picture(9)).nearest.tolist() == [NOTHING]


@pytest.mark.parametrize("length", [8, 16, 32])
def test_hashes_of_other_lengths_are_compared_as_well(length):
    values = [bytes(length), b"\xff" * length]
    known = Hashing(
        "x", lambda _: Prints.of_values(values[:1]), lambda _: Prints.of_values(values[1:])
    )
    assert known.enrol([picture(0)]).look_up(picture(0)).nearest.tolist() == [8 * length]
