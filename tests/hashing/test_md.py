"""MD4 against pycryptodome, MD5 against hashlib."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from Crypto.Hash import MD4 as Reference
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing import md
from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.batch import Batch
from tidebreak.hashing.lanes import Compression
from tidebreak.hashing.words import run


def md4_reference(message: bytes) -> bytes:
    return Reference.new(message).digest()


def md5_reference(message: bytes) -> bytes:
    return hashlib.md5(message).digest()


HASHES = [
    pytest.param(md.MD4, md._md4_lanes, md4_reference, id="md4"),
    pytest.param(md.MD5, md._md5_lanes, md5_reference, id="md5"),
]


@pytest.mark.parametrize(("compression", "lanes", "reference"), HASHES)
@given(messages=st.lists(st.binary(max_size=300), min_size=1, max_size=40))
def test_lanes_give_what_others_give(
    compression: Compression, lanes: Any, reference: Any, messages: list[bytes]
):
    batch = Batch.join([readonly(message) for message in messages])
    digests = batch.in_lanes(compression, lanes)
    assert [row.tobytes() for row in digests] == [reference(message) for message in messages]


@pytest.mark.parametrize(("compression", "lanes", "reference"), HASHES)
def test_the_array_twin_compresses_as_others_do(
    compression: Compression, lanes: Any, reference: Any
):
    block = b"abc\x80" + bytes(52) + (24).to_bytes(8, "little")
    words = list(np.frombuffer(block, "<u4").astype(np.uint32).reshape(16, 1))
    start = list(np.array(compression.initial, np.uint32).reshape(-1, 1))
    (state,) = run(compression.steps(start, words))
    assert np.concatenate(state).astype("<u4").tobytes() == reference(b"abc")


@given(st.binary(max_size=400))
def test_side_by_side_gives_both(message: bytes):
    assert md.md5_md4(readonly(message)) == (md5_reference(message), md4_reference(message))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.binary(max_size=63))
def test_md4_restarts_with_every_part_while_md5_goes_on(blocks: list[int], rest: bytes):
    parts = [hashlib.shake_128(bytes([i])).digest(64 * n) for i, n in enumerate(blocks)]
    pair = md.Md5Md4()
    digests: list[bytes] = []
    for part in parts[:-1]:
        pair.absorb(readonly(part))
        digests.append(pair.end_part(readonly(b"")))
    pair.absorb(readonly(parts[-1]))
    assert pair.md5(readonly(rest)) == md5_reference(b"".join(parts) + rest)
    digests.append(pair.end_part(readonly(rest)))
    expected = [*parts[:-1], parts[-1] + rest]
    assert digests == [md4_reference(part) for part in expected]


@pytest.mark.parametrize("count", [1, 5, 16, 40])
def test_many_is_the_same_whichever_way_it_goes(count: int):
    messages = [hashlib.shake_128(bytes([i])).digest(50 * i) for i in range(count)]
    digests = md.md5_md4_many(Batch.join([readonly(message) for message in messages]))
    expected = [md5_reference(message) + md4_reference(message) for message in messages]
    assert [row.tobytes() for row in digests] == expected
