from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.errors import BadList
from tidebreak.lists.json_guard import DEEPEST, JsonGuard


def pass_on(data: bytes, size: int = 7) -> bytes:
    guard, out = JsonGuard(io.BytesIO(data)), b""
    while part := guard.read(size):
        out += part
    return out


def depth(value: object) -> int:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


TEXT = st.text(st.sampled_from('a"\\[]{}\n'), max_size=6)
JSON = st.recursive(
    st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=30,
)


@given(JSON, st.integers(1, 9), st.integers(-2, 2))
def test_depth_is_that_of_the_json_module(value, size, off):
    wrapped, extra = value, DEEPEST - depth(value) + off
    for _ in range(extra):
        wrapped = [wrapped]
    data = json.dumps(wrapped).encode()
    if depth(wrapped) <= DEEPEST:
        assert pass_on(data, size) == data
    else:
        with pytest.raises(BadList, match="nested"):
            pass_on(data, size)


def test_brackets_in_strings_do_not_count():
    data = json.dumps(["[" * 1000, '\\"[' * 1000, "\\" * 1001]).encode()
    assert pass_on(data) == data
