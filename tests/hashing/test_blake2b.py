"""BLAKE2b against hashlib."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.blake2b import hash_many, keyed_state


def reference(value: bytes, key: bytes, person: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=16, key=key, person=person).digest()


@given(
    st.binary(min_size=1, max_size=64), st.binary(max_size=16), st.binary(min_size=1, max_size=40)
)
def test_one_message_is_hashlib_s(key: bytes, person: bytes, value: bytes):
    rows = readonly(value).reshape(1, len(value))
    assert hash_many(keyed_state(key, 16, person), rows).tobytes() == reference(value, key, person)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
@pytest.mark.parametrize("length", [16, 20, 34, 40])
def test_many_messages_are_hashlib_s(count: int, length: int):
    rows = np.arange(count * length, dtype=np.uint32).astype(np.uint8).reshape(count, length)
    digests = hash_many(keyed_state(b"key", 16, b"tests"), rows)
    assert digests.shape == (count, 16)
    assert [row.tobytes() for row in digests] == [
        reference(row.tobytes(), b"key", b"tests") for row in rows
    ]
