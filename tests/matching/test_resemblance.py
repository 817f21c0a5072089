from __future__ import annotations

import numpy as np
import pytest
from tests.matching.clips import Clip, frames_of

from tidebreak.hashing.frames import AREAS
from tidebreak.matching import resemblance
from tidebreak.matching.resemblance import pairs_of, tables_of

EVERY = np.array([0])


def bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def test_a_table_has_every_distance_of_its_track():
    clip = Clip(1, seconds=2)
    frames = frames_of(clip, track=0)
    both = np.concatenate([frames, frames_of(Clip(2, seconds=2), track=32)])
    both = both[np.lexsort((both["track"], both["time"]))]
    known = clip.known()
    tables = tables_of(both, known, np.arange(len(both)), 72)
    assert [set(both["track"][table.rows]) for table in tables] == [{0}, {32}]
    for table in tables:
        assert (table.known_ms[:, 0] == known.times).all()
        for row, place in [(0, 0), (3, 5), (len(table.rows) - 1, len(known.times) - 1)]:
            here, there = both["hash"][table.rows[row]].tobytes(), known.hashes[place].tobytes()
            assert table.bits[row, place] == bits(here, there)


def test_a_frame_stands_until_the_next_where_nothing_moves():
    still, moving = Clip(3, seconds=3, change=0), Clip(3, seconds=3, change=40)
    table = tables_of(frames_of(still, noise=0), moving.known(), EVERY, 72)[0]
    assert (table.file_ms[:-1, 1] == table.file_ms[1:, 0]).all()
    assert (table.known_ms[:, 1] - table.known_ms[:, 0] == 60).all()


def test_pairs_are_the_nearest_frames_and_those_hardly_further_off():
    clip = Clip(4, seconds=3)
    frames = frames_of(clip, noise=10)
    table = tables_of(frames, clip.known(), np.arange(len(frames)), 72)[0]
    pairs = pairs_of(table, 72, np.ones(len(frames)))
    assert set(pairs.places.tolist()) == set(range(len(frames)))
    assert (pairs.bits <= table.bits.min(axis=1)[pairs.places].astype(int) + 12).all()
    assert (np.diff(pairs.boxes[:, 0]) >= 0).all()
    assert len(pairs_of(table, 3, np.ones(len(frames)))) == 0


def test_a_pair_says_less_the_further_apart_and_the_less_its_frame_says():
    clip = Clip(5, seconds=1)
    frames = frames_of(clip, noise=0)
    table = tables_of(frames, clip.known(), np.arange(len(frames)), 72)[0]
    pairs = pairs_of(table, 72, np.ones(len(frames)))
    assert (pairs.weights[pairs.bits == 0] == 1).all()
    assert (pairs.weights[pairs.bits > 0] < 1).all()
    half = pairs_of(table, 72, np.full(len(frames), 0.5))
    assert np.allclose(half.weights, pairs.weights / 2)


def test_tracks_in_a_turn_that_nothing_was_found_in_are_left_out():
    clip = Clip(6, seconds=2)
    upright, mirrored = frames_of(clip), frames_of(clip, track=AREAS)
    both = np.concatenate([upright, mirrored])
    both = both[np.lexsort((both["track"], both["time"]))]
    found = np.flatnonzero(both["track"] == AREAS)[:1]
    assert [set(both["track"][t.rows]) for t in tables_of(both, clip.known(), found, 72)] == [
        {AREAS}
    ]


@pytest.mark.parametrize(("most", "rows"), [(10**9, 250), (30_000, 120), (2500, 10)])
def test_of_a_long_video_what_lies_around_the_finds_is_compared(monkeypatch, most, rows):
    clip = Clip(7, seconds=10, change=12)
    frames, known = frames_of(clip), clip.known()
    monkeypatch.setattr(resemblance, "_MOST_CELLS", most)
    found = np.array([100, 140])
    (table,) = tables_of(frames, known, found, 72)
    assert len(table.rows) <= most / 250
    assert abs(len(table.rows) - rows) <= 75
    times = table.file_ms[:, 0]
    assert most > 10**6 or ((times >= 1000) & (times <= 8600)).all()


def test_distances_are_those_of_every_pair_however_many(monkeypatch):
    clip = Clip(8, seconds=2)
    frames = frames_of(clip)
    whole = tables_of(frames, clip.known(), EVERY, 72)[0].bits
    monkeypatch.setattr(resemblance, "_CHUNK_CELLS", 7)
    assert (tables_of(frames, clip.known(), EVERY, 72)[0].bits == whole).all()


def test_where_all_frames_look_alike_fewer_are_compared(monkeypatch):
    still = Clip(9, seconds=20, change=0)
    monkeypatch.setattr(resemblance, "_MOST_PAIRS", 100)
    (table,) = tables_of(frames_of(still), still.known(), EVERY, 72)
    assert 0 < (table.bits <= 72).sum() <= 100
