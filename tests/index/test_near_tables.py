from __future__ import annotations

from tidebreak.index.near_tables import row_bits


def test_a_row_number_always_has_its_bits():
    for count in (1, 65536, 65537, 1 << 20, (1 << 20) + 1, (1 << 32) - 1):
        assert count - 1 < 1 << row_bits(count)
        assert 16 <= row_bits(count) <= 32
