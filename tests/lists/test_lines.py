from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.lists import lines as module


class Slow(io.BytesIO):
    """Gives at most three bytes at a time."""

    def read(self, size=-1):
        return super().read(min(size, 3))


@given(st.text("ab\r\n", max_size=60).map(str.encode))
def test_blocks_are_the_lines_whatever_the_pieces(data):
    found = [pair for block in module.blocks(Slow(data)) for pair in block.texts()]
    assert [text.encode() for _, text in found] == data.splitlines()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
