"""AICH against librhash."""

from __future__ import annotations

import base64
import hashlib

import pytest
from tests.oracles import librhash

from tidebreak.hashing.aich import BLOCK, AichTree
from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.ed2k import PART

rhash = librhash()


def reference(data: bytes) -> bytes:
    return base64.b32decode(rhash.hash_msg(data, rhash.AICH).upper())


def root(data: bytes, step: int) -> bytes:
    tree = AichTree()
    for start in range(0, len(data), step):
        tree.absorb(readonly(data[start : start + step]))
    return tree.finish()


_LAST = PART % BLOCK
SIZES = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 7 * BLOCK + 5]
SIZES += [PART - _LAST, PART - 1, PART, PART + 1, PART + BLOCK, 2 * PART, 3 * PART + 5 * BLOCK]


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_librhash_s(size: int):
    data = hashlib.shake_128(b"aich").digest(min(size, 1 << 20)) * (size // (1 << 20) + 1)
    assert root(data[:size], 1 << 23) == reference(data[:size])


@pytest.mark.parametrize("parts", range(1, 10))
def test_every_shape_of_the_upper_tree(parts: int):
    data = bytes(range(251)) * (parts * PART // 251 + 1)
    data = data[: parts * PART - 3 * BLOCK]
    assert root(data, 1 << 23) == reference(data)


@pytest.mark.parametrize("step", [1 << 16, BLOCK, BLOCK + 1, PART - 1, PART])
def test_it_does_not_matter_how_slabs_and_blocks_overlap(step: int):
    data = hashlib.shake_128(b"steps").digest(1 << 20) * 10
    assert root(data, step) == root(data, len(data))
