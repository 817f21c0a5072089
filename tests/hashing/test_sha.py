"""SHA-1 and SHA-256 in lanes against hashlib."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing import sha
from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.lanes import Compression
from tidebreak.hashing.words import run

HASHES = [
    pytest.param(sha.SHA1, sha._sha1_lanes, hashlib.sha1, id="sha1"),
    pytest.param(sha.SHA256, sha._sha256_lanes, hashlib.sha256, id="sha256"),
]


@pytest.mark.parametrize(("compression", "lanes", "reference"), HASHES)
@given(messages=st.lists(st.binary(max_size=300), min_size=1, max_size=40))
def test_lanes_give_what_hashlib_gives(
    compression: Compression, lanes: Any, reference: Any, messages: list[bytes]
):
    batch = Batch.join([readonly(message) for message in messages])
    digests = batch.in_lanes(compression, lanes)
    assert [row.tobytes() for row in digests] == [reference(m).digest() for m in messages]


@pytest.mark.parametrize(("compression", "lanes", "reference"), HASHES)
def test_every_length_around_a_block_is_padded_right(
    compression: Compression, lanes: Any, reference: Any
):
    messages = [bytes(range(256))[:length] for length in range(200)]
    digests = Batch.join([readonly(m) for m in messages]).in_lanes(compression, lanes)
    assert [row.tobytes() for row in digests] == [reference(m).digest() for m in messages]


@pytest.mark.parametrize(("compression", "lanes", "reference"), HASHES)
def test_the_array_twin_compresses_as_hashlib_does(
    compression: Compression, lanes: Any, reference: Any
):
    message = b"abc"
    block = message + b"\x80" + bytes(59) + bytes([len(message) * 8])
    words = list(np.frombuffer(block, ">u4").astype(np.uint32).reshape(16, 1))
    start = list(np.array(compression.initial, np.uint32).reshape(-1, 1))
    (state,) = run(compression.steps(start, words))
    assert np.concatenate(state).astype(">u4").tobytes() == reference(message).digest()


@pytest.mark.parametrize("count", [1, 3, 16, 17, 100])
def test_many_is_the_same_whichever_way_it_goes(count: int):
    data = readonly(hashlib.shake_128(b"many").digest(count * 700))
    batch = Batch.rows(data, 700)
    expected1 = [hashlib.sha1(message).digest() for message in batch]
    expected256 = [hashlib.sha256(message).digest() for message in batch]
    assert [row.tobytes() for row in sha.sha1_many(batch)] == expected1
    assert [row.tobytes() for row in sha.sha256_many(batch)] == expected256


def test_pieces_of_several_lengths_come_back_apart():
    data = readonly(hashlib.shake_128(b"rows").digest(100_000))
    lengths = (1_000, 64, 30_000)
    for length, digests in zip(lengths, sha.sha256_rows(data, *lengths), strict=True):
        pieces = [data[start : start + length] for start in range(0, data.size, length)]
        assert [row.tobytes() for row in digests] == [hashlib.sha256(p).digest() for p in pieces]
