from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.model import Depth, Turn, View, ViewKind
from tidebreak.packed_views import RECORD, pack_views, unpack_views

views = st.builds(
    View,
    st.binary(min_size=32, max_size=32),
    st.integers(0, 100) | st.none(),
    st.sampled_from(ViewKind),
    st.sampled_from(Turn),
    st.none() | st.tuples(*[st.integers(-9, 0)] * 2, *[st.integers(1, 2**31 - 1)] * 2),
    st.integers(0, 2**32 - 1),
    st.integers(-1800, 1800).map(lambda tenths: tenths / 10),
    st.sampled_from(Depth),
)


@given(st.lists(views, max_size=5))
def test_views_come_back_as_they_were(seen: list[View]):
    assert unpack_views(pack_views(seen)) == tuple(seen)


@given(st.binary(max_size=3 * RECORD.size))
def test_any_bytes_are_views_or_refused(data: bytes):
    try:
        seen = unpack_views(data)
    except ValueError:
        return
    assert pack_views(seen)[-32:] == data[-32:]
    assert unpack_views(pack_views(seen)) == seen


@pytest.mark.parametrize(
    ("at", "value"), [(0, len(ViewKind)), (1, len(Turn)), (2, len(Depth)), (3, 101), (25, 100)]
)
def test_unknown_fields_are_refused(at: int, value: int):
    record = bytearray(pack_views([View(bytes(32), 50, box=(0, 0, 5, 5))]))
    record[at] = value
    with pytest.raises(ValueError, match="unknown fields"):
        unpack_views(bytes(record))


def test_an_empty_box_is_refused():
    with pytest.raises(ValueError, match="empty box"):
        unpack_views(pack_views([View(bytes(32), 50, box=(5, 5, 5, 9))]))
