from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.test_packed_views import views

from tidebreak.model import Level, Observation, State, Verdict
from tidebreak.store.observation_rows import (
    LONGEST_SEQUENCE,
    FileState,
    item_of,
    observation_of,
    observation_row,
    state_values,
    verdict_text,
)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_unsigned_numbers_fit_and_stay_distinct(device: int, inode: int):
    values = state_values(FileState(device, inode, 1, 2, 3))
    assert all(-(2**63) <= value < 2**63 for value in values)
    assert [value % 2**64 for value in values[:2]] == [device, inode]


@given(st.lists(views, max_size=5), st.binary(max_size=90), st.integers(0, 2**60))
def test_views_and_sequences_survive(seen, sequence: bytes, duration: int):
    item = Observation("", 1, "", views=tuple(seen), sequence=sequence, duration_ms=duration)
    assert observation_of(observation_row(item)) == item


def test_the_frames_of_long_videos_are_not_kept():
    kept, long = (Observation("", 1, "", sequence=bytes(LONGEST_SEQUENCE + n)) for n in (0, 1))
    assert observation_of(observation_row(kept)) == kept
    assert observation_of(observation_row(long)).sequence == b""


def test_an_item_without_matches_still_has_a_verdict():
    row = (b"/a", b"", 1, "", "clear", "none", "", "", b"s" * 16, "")
    item = item_of(row)
    assert (item.state, item.level, item.content_key) == (State.CLEAR, Level.NONE, b"s" * 16)
    assert item.verdict == {"level": "none", "matches": []}


@pytest.mark.parametrize("level", [Level.NONE, Level.IGNORABLE])
def test_a_verdict_without_matches_takes_no_room(level: Level):
    assert verdict_text(Verdict(level)) == ""
