"""Tiger against librhash and the designers' vectors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracles import librhash

from tidebreak.hashing import tiger
from tidebreak.hashing.words import run

rhash = librhash()


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "3293ac630c13f0245f92bbb1766e16167a4e58492dde73f3"),
        (b"abc", "2aab1484e8c158f2bfb8c5ff41b57a525129131c957b5f93"),
        (b"Tiger", "dd00230799f5009fec6debc838bb6a27df2b9d6f110c7937"),
    ],
)
def test_published_vectors(message: bytes, digest: str):
    assert tiger.tiger(message).hex() == digest


@given(st.binary(max_size=300))
def test_tiger_is_librhash_s(message: bytes):
    assert tiger.tiger(message).hex() == rhash.hash_msg(message, rhash.TIGER).lower()


def test_the_array_twin_compresses_as_the_kernel_does():
    boxes = tiger.s_boxes()

    def lookup(table: int, index: np.ndarray) -> np.ndarray:
        return boxes[256 * table + index.astype(np.int64)]

    block = b"abc\x01" + bytes(52) + (24).to_bytes(8, "little")
    words = list(np.frombuffer(block, "<u8").astype(np.uint64).reshape(8, 1))
    start = list(np.array(tiger.INITIAL, np.uint64).reshape(3, 1))
    (state,) = run(tiger.tiger_steps(start, words, lookup))
    assert np.concatenate(state).astype("<u8").tobytes() == tiger.tiger(b"abc")
