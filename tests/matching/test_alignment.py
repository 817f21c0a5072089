from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.matching.clips import RATE, Clip, frames_of

from tidebreak.matching.alignment import segments
from tidebreak.matching.resemblance import pairs_of, tables_of


def found(frames, clip):
    tables = tables_of(frames, clip.known(), np.arange(len(frames)), 72)
    pairs = [pairs_of(table, 72, np.ones(len(frames))) for table in tables]
    return [item for item in segments(tables, pairs) if len(item.rows) > 1]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    speed=st.floats(0.76, 1.32),
    start=st.floats(0, 3),
    change=st.sampled_from([1, 4, 12]),
)
def test_finds_speed_and_offset_of_a_copy(seed, speed, start, change):
    clip = Clip(seed, seconds=10, change=change)
    copy = clip.hashes()[round(start * RATE) :]
    best = found(frames_of(copy, rate=RATE * speed), clip)[0]
    assert abs(best.speed - speed) < 0.07
    for time in (0, 3000):
        assert abs(best.speed * time + best.offset - (1000 * start + speed * time)) < 500
    assert best.file_range[1] - best.file_range[0] > (10 - start) / speed * 1000 - 1500
    assert np.median(best.distances) < 31


def test_a_cut_copy_has_a_segment_for_every_part():
    clip = Clip(1, seconds=12)
    hashes = clip.hashes()
    both = found(frames_of(hashes[:100], hashes[200:]), clip)
    assert len(both) == 2
    ends = sorted((*item.file_range, *item.known_range) for item in both)
    expected = [(0, 4000, 0, 4000), (4000, 8000, 8000, 12000)]
    for one, other in zip(ends, expected, strict=True):
        assert np.abs(np.subtract(one, other)).max() < 300


def test_a_part_shown_twice_is_found_twice():
    clip = Clip(2, seconds=5)
    both = found(frames_of(clip, Clip(3, seconds=6), clip), clip)
    assert sorted(round(item.file_range[0] / 1000) for item in both) == [0, 11]
    assert [round(item.known_range[0] / 1000) for item in both] == [0, 0]


def test_takes_the_track_that_resembles_more():
    clip = Clip(4, seconds=5)
    other, near = frames_of(clip, noise=40), frames_of(clip, noise=2, track=32)
    both = np.concatenate([other, near])
    both = both[np.lexsort((both["track"], both["time"]))]
    best = found(both, clip)[0]
    assert set(both["track"][best.rows]) == {32}


@pytest.mark.parametrize(("change", "least", "most"), [(0, 0, 20), (10, 60, 256)])
def test_elsewhere_tells_a_scene_that_moves_from_one_that_stands_still(change, least, most):
    clip = Clip(5, seconds=8, change=change)
    best = found(frames_of(clip), clip)[0]
    assert least <= np.median(best.elsewhere) <= most


def test_no_segment_without_a_pair():
    assert found(frames_of(Clip(6)), Clip(7)) == []
