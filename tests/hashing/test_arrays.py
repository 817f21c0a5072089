"""Views that kernels take."""

from __future__ import annotations

import numpy as np
import pytest

from tidebreak.hashing.arrays import readonly, readonly_rows


def test_readonly_views_share_memory_and_cannot_be_written():
    source = bytearray(b"abc")
    view = readonly(source)
    source[0] = ord("x")
    assert view.tobytes() == b"xbc"
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1


def test_any_buffer_counts_as_its_bytes():
    assert readonly(np.array([1, 256], "<u2")).tolist() == [1, 0, 0, 1]
    assert readonly(b"").size == 0


@pytest.mark.parametrize("rows", [slice(None), slice(None, None, -2), slice(0, 0)])
def test_rows_keep_their_shape_and_the_original_stays_writable(rows: slice):
    source = np.arange(24, dtype=np.uint8).reshape(6, 4)
    view = readonly_rows(source[rows])
    assert np.array_equal(view, source[rows])
    assert view.flags.c_contiguous
    assert not view.flags.writeable
    source[0, 0] = 9
    assert np.shares_memory(readonly_rows(source), source)
