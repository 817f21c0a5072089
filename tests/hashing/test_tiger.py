"""Tiger and its tree against librhash and the designers' vectors."""

from __future__ import annotations

import base64
import hashlib

import numpy as np
import pytest
import rhash
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.hashing import tiger
from tidebreak.hashing.batch import readonly
from tidebreak.hashing.lanes import run


def tree_reference(data: bytes) -> bytes:
    return base64.b32decode(rhash.hash_msg(data, rhash.TTH).upper() + "=")


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


@given(st.integers(0, 9), st.integers(-2, 2), st.binary(min_size=1, max_size=4))
def test_the_tree_is_librhash_s(leaves: int, extra: int, seed: bytes):
    data = hashlib.shake_128(seed).digest(max(0, leaves * tiger.LEAF + extra))
    assert tiger.tree_root(readonly(data)) == tree_reference(data)


@pytest.mark.parametrize("slabs", [1, 2, 3, 5])
@pytest.mark.parametrize("last", [1, 1024, 4096, 5000])
def test_slabs_of_four_leaves_make_the_same_tree(slabs: int, last: int):
    size = 4 * tiger.LEAF
    data = hashlib.shake_128(b"slabs").digest((slabs - 1) * size + min(last, size))
    tree = tiger.TigerTree()
    for start in range(0, len(data), size):
        tree.absorb(readonly(data[start : start + size]))
    assert tree.finish() == tree_reference(data)


def test_a_tree_without_slabs_is_that_of_the_empty_file():
    assert tiger.TigerTree().finish() == tree_reference(b"")


def test_the_array_twin_compresses_as_the_kernel_does():
    boxes = tiger._boxes()

    def lookup(table: int, index: np.ndarray) -> np.ndarray:
        return boxes[256 * table + index.astype(np.int64)]

    block = b"abc\x01" + bytes(52) + (24).to_bytes(8, "little")
    words = list(np.frombuffer(block, "<u8").astype(np.uint64).reshape(8, 1))
    start = list(np.array(tiger._INITIAL, np.uint64).reshape(3, 1))
    (state,) = run(tiger.tiger_steps(start, words, lookup))
    assert np.concatenate(state).astype("<u8").tobytes() == tiger.tiger(b"abc")
