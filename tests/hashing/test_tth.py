"""The Tiger tree against librhash."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracles import librhash

from tidebreak.hashing import tth
from tidebreak.hashing.arrays import readonly

rhash = librhash()


def tree_reference(data: bytes) -> bytes:
    return base64.b32decode(rhash.hash_msg(data, rhash.TTH).upper() + "=")


@given(st.integers(0, 9), st.integers(-2, 2), st.binary(min_size=1, max_size=4))
def test_the_tree_is_librhash_s(leaves: int, extra: int, seed: bytes):
    data = hashlib.shake_128(seed).digest(max(0, leaves * tth.LEAF + extra))
    assert tth.tree_root(readonly(data)) == tree_reference(data)


@pytest.mark.parametrize("slabs", [1, 2, 3, 5])
@pytest.mark.parametrize("last", [1, 1024, 4096, 5000])
def test_slabs_of_four_leaves_make_the_same_tree(slabs: int, last: int):
    size = 4 * tth.LEAF
    data = hashlib.shake_128(b"slabs").digest((slabs - 1) * size + min(last, size))
    tree = tth.TigerTree()
    for start in range(0, len(data), size):
        tree.absorb(readonly(data[start : start + size]))
    assert tree.finish() == tree_reference(data)


def test_a_tree_without_slabs_is_that_of_the_empty_file():
    assert tth.TigerTree().finish() == tree_reference(b"")
