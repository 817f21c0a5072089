from __future__ import annotations

import numpy as np
import pytest
from tests.matching.clips import Clip, frames_of

from tidebreak.matching import resemblance
from tidebreak.matching.resemblance import pairs_of, tables_of


def bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_a_table_has_every_distance_of_its_track():
    clip = Clip(1, seconds=2)
    frames = frames_of(clip, track=0)
    both = np.concatenate([frames, frames_of(Clip(2, seconds=2), track=32)])
    both = both[np.lexsort((both["track"], both["time"]))]
    known = clip.known()
    tables = tables_of(both, known)
    assert [set(both["track"][table.rows]) for table in tables] == [{0}, {32}]
    for table in tables:
        assert (table.known_ms[:, 0] == known.times).all()
        for row, place in [(0, 0), (3, 5), (len(table.rows) - 1, len(known.times) - 1)]:
            here, there = both["hash"][table.rows[row]].tobytes(), known.hashes[place].tobytes()
            assert table.bits[row, place] == bits(here, there)


def test_a_frame_stands_until_the_next_where_nothing_moves():
    still, moving = Clip(3, seconds=3, change=0), Clip(3, seconds=3, change=40)
    table = tables_of(frames_of(still, noise=0), moving.known())[0]
    assert (table.file_ms[:-1, 1] == table.file_ms[1:, 0]).all()
    assert (table.known_ms[:, 1] - table.known_ms[:, 0] == 100).all()


def test_pairs_are_the_nearest_frames_and_those_hardly_further_off():
    clip = Clip(4, seconds=3)
    frames = frames_of(clip, noise=10)
    table = tables_of(frames, clip.known())[0]
    pairs = pairs_of(table, 72, np.ones(len(frames)))
    assert set(pairs.places.tolist()) == set(range(len(frames)))
    assert (pairs.bits <= table.bits.min(axis=1)[pairs.places].astype(int) + 12).all()
    assert (np.diff(pairs.boxes[:, 0]) >= 0).all()
    assert len(pairs_of(table, 3, np.ones(len(frames)))) == 0


def test_a_pair_says_less_the_further_apart_and_the_less_its_frame_says():
    clip = Clip(5, seconds=1)
    frames = frames_of(clip, noise=0)
    table = tables_of(frames, clip.known())[0]
    pairs = pairs_of(table, 72, np.ones(len(frames)))
    assert (pairs.weights[pairs.bits == 0] == 1).all()
    assert (pairs.weights[pairs.bits > 0] < 1).all()
    half = pairs_of(table, 72, np.full(len(frames), 0.5))
    assert np.allclose(half.weights, pairs.weights / 2)


@pytest.mark.parametrize("most", [25, 400])
def test_long_videos_are_compared_at_even_places(monkeypatch, most):
    monkeypatch.setattr(resemblance, "_MOST_CELLS", most)
    clip = Clip(6, seconds=4)
    table = tables_of(frames_of(clip), clip.known())[0]
    assert table.bits.size <= most
    assert table.rows[0] == 0
    assert table.known_ms[-1, 0] == clip.known().times[-1]
