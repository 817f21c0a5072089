from __future__ import annotations

import numpy as np
import pytest

from tidebreak.model import Signal
from tidebreak.places import VIDEO, is_region, place_of, places_of, seconds_of, told


@pytest.mark.parametrize(
    ("prefix", "place", "words"),
    [
        (b"", 0, "whole"),
        (b"\0\x07", 7, "crop 7"),
        (b"\x01\xf5", 501, "region 501"),
        (b"\0\0\x0c\x80", VIDEO + 320, "frame at 3.20 s"),
        (b"\0\0\0\0", VIDEO, "frame at 0.00 s"),
    ],
)
def test_the_prefix_of_a_value_names_the_part(prefix: bytes, place: int, words: str):
    values = np.frombuffer((prefix + bytes(32)) * 3, np.uint8).reshape(3, -1)
    assert places_of(values).tolist() == [place] * 3
    assert place_of(prefix + bytes(32)) == place
    assert told(place) == words


def test_values_have_the_lengths_of_their_types():
    for name, width in (("pdq", 32), ("pdq-region", 34), ("vpdq", 36)):
        assert len(Signal.parse(name, "00" * width).value) == width


def test_times_and_codes():
    assert seconds_of(VIDEO + 1234) == 12.34
    assert [is_region(code) for code in (0, 1, 999, 1000)] == [False, True, True, False]
