"""The operators that arrays and emitted code share; the code itself is tested hash by hash."""

from __future__ import annotations

import numpy as np

from tidebreak.hashing.words import rotl, run, swap_bytes


def test_rotation_of_arrays_keeps_every_bit():
    words = np.array([0x80000001, 0x12345678], np.uint32)
    assert rotl(words, 4).tolist() == [0x00000018, 0x23456781]
    assert rotl(words.astype(np.uint64) << np.uint64(32), 36).tolist() == [0x800000010, 0x123456780]


def test_swapping_bytes_of_arrays():
    assert swap_bytes(np.array([0x12345678], np.uint32)).tolist() == [0x78563412]


def test_generators_take_turns_and_return_their_states():
    seen: list[str] = []

    def steps(name: str, count: int):
        for step in range(count):
            seen.append(f"{name}{step}")
            yield
        return (name,)

    assert run(steps("a", 1), steps("b", 3)) == [("a",), ("b",)]
    assert seen == ["a0", "b0", "b1", "b2"]
