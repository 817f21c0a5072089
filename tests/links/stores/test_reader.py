from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadLink
from tidebreak.links.stores.reader import Reader


@given(st.integers(0, 255), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1),
       st.integers(0, 2**64 - 1), st.binary(max_size=5))  # fmt: skip
def test_values_come_back_as_struct_packed_them(a: int, b: int, c: int, d: int, rest: bytes):
    source = Reader(struct.pack("<BHIQ", a, b, c, d) + rest)
    assert (source.u8(), source.u16(), source.u32(), source.u64()) == (a, b, c, d)
    assert source.take(len(rest)) == rest
    assert source.left == 0


@given(st.binary(max_size=7), st.integers(0, 7))
def test_nothing_is_taken_that_is_not_there(data: bytes, at: int):
    source = Reader(data, min(at, len(data)))
    for read in (source.u64, lambda: source.take(8), lambda: source.skip(2**31)):
        with pytest.raises(BadLink, match="cut off"):
            read()
    assert source.left == len(data) - min(at, len(data))
