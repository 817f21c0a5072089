from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tidebreak.media.video_clock import LAST_MS, Clock

TICK = Fraction(1, 90000)


def times(stamps: list[int | None], unit: Fraction | None = TICK) -> list[int]:
    clock = Clock(unit, Fraction(25))
    return [clock.ms(stamp) for stamp in stamps]


def test_time_counts_from_the_first_frame():
    assert times([9000, 12600, 16200]) == [0, 40, 80]


def test_a_missing_timestamp_means_one_frame_later():
    assert times([9000, None, None, 19800]) == [0, 40, 80, 120]
    assert times([None, None], None) == [0, 40]


def test_a_gap_is_a_gap():
    assert times([0, 90000 * 600]) == [0, 600_000]


def test_a_count_that_begins_anew_goes_on_by_one_frame():
    wrap = 2**33
    assert times([wrap - 3600, wrap, 0, 3600]) == [0, 40, 80, 120]
    assert times([0, 90000 * 7200, 90000 * 7200 + 3600]) == [0, 40, 80]


def test_a_frame_slightly_out_of_order_does_not_turn_time_back():
    assert times([0, 7200, 3600, 10800]) == [0, 80, 80, 120]


@given(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=30),
    st.none() | st.fractions(Fraction(1, 10**9), 100),
)
def test_time_never_turns_back_whatever_a_file_says(
    stamps: list[int | None], unit: Fraction | None
):
    found = times(stamps, unit)
    assert found == sorted(found)
    assert all(0 <= time <= LAST_MS for time in found)
