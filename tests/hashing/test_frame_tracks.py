from __future__ import annotations

import numpy as np
import pytest
from tests.media.moving import landscape, wander

from tidebreak.hashing.frame_tracks import FrameTracks
from tidebreak.hashing.frames import AREAS, Area, FrameSequence, track_of
from tidebreak.hashing.pdq import pdq_grey
from tidebreak.model import Turn

ALL = dict.fromkeys(range(AREAS), (Turn.NONE, Turn.MIRROR))
FULL = {int(Area.FULL): (Turn.NONE,)}


def tracks_of(
    frames: list[np.ndarray],
    turns: dict[int, tuple[Turn, ...]] = ALL,
    most: int = 10_000,
    turn: Turn = Turn.NONE,
) -> tuple[FrameSequence, FrameTracks]:
    tracks = FrameTracks(turns, most)
    for number, frame in enumerate(frames):
        tracks.add(40 * number, np.ascontiguousarray(frame), 1.0, turn)
    return tracks.finish(), tracks


def hashes(sequence: FrameSequence, area: int, turn: Turn = Turn.NONE) -> dict[int, bytes]:
    records = sequence.track(track_of(area, turn)).records
    return {int(r["time"]): r["hash"].tobytes() for r in records}


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


MOVING = list(wander(1, 50, 270, 480))


def test_the_full_track_has_the_hashes_of_the_pictures():
    sequence, tracks = tracks_of(MOVING)
    found = hashes(sequence, Area.FULL)
    assert len(found) > 20
    for time, value in found.items():
        assert distance(value, pdq_grey(np.ascontiguousarray(MOVING[time // 40])).value) <= 2
    assert tracks.frames == 50
    assert not tracks.flat


def test_the_mirrored_track_has_those_of_the_mirrored_pictures():
    found = hashes(tracks_of(MOVING)[0], Area.FULL, Turn.MIRROR)
    for time, value in found.items():
        mirrored = np.ascontiguousarray(MOVING[time // 40][:, ::-1])
        assert distance(value, pdq_grey(mirrored).value) <= 2


@pytest.mark.parametrize("turn", [Turn.HALF, Turn.LEFT, Turn.RIGHT])
def test_frames_that_lie_on_their_side_are_turned_first(turn: Turn):
    back = {Turn.HALF: 2, Turn.LEFT: -1, Turn.RIGHT: 1}[turn]
    upright, _ = tracks_of(MOVING)
    lying, _ = tracks_of([np.rot90(frame, back) for frame in MOVING], turn=turn)
    assert upright.tracks == lying.tracks
    for area, way in ((Area.FULL, Turn.NONE), (Area.FULL, Turn.MIRROR)):
        expected = hashes(upright, area, way)
        found = hashes(lying, area, way)
        assert found.keys() == expected.keys()
        assert all(distance(found[time], expected[time]) <= 2 for time in found)


def test_letterboxed_frames_have_the_picture_on_a_track_of_its_own():
    barred = [np.pad(frame, ((90, 90), (0, 0)), constant_values=16) for frame in MOVING]
    plain, found = (
        hashes(tracks_of(MOVING)[0], Area.FULL),
        hashes(tracks_of(barred)[0], Area.CONTENT),
    )
    assert len(found) >= 4
    assert all(min(distance(value, p) for p in plain.values()) <= 16 for value in found.values())


def test_a_cut_ends_a_shot_so_that_each_has_boxes_of_its_own():
    barred = [np.pad(frame, ((90, 90), (0, 0)), constant_values=16) for frame in MOVING[:25]]
    other = [
        np.pad(frame, ((0, 0), (90, 90)), constant_values=16) for frame in wander(7, 25, 450, 300)
    ]
    sequence, _ = tracks_of(barred + other)
    times = hashes(sequence, Area.CONTENT)
    assert any(time < 1000 for time in times)
    assert any(time >= 1000 for time in times)


def test_a_still_scene_is_one_frame_a_second_on_every_track():
    sequence, _ = tracks_of([landscape(1, 120, 200)] * 125)
    for track in sequence.tracks:
        assert sequence.track(track).records["time"].tolist() in (
            [0, 1000, 2000, 3000, 4000], [0, 1000, 2000, 3000],
        )  # fmt: skip


def test_what_is_not_wanted_is_not_hashed():
    sequence, _ = tracks_of(MOVING, FULL)
    assert sequence.tracks == (0,)
    assert hashes(sequence, Area.FULL) == hashes(tracks_of(MOVING)[0], Area.FULL)


@pytest.mark.parametrize("most", [5, 20, 60])
def test_a_long_video_is_pruned_harder_instead_of_being_cut_off(most: int):
    random = np.random.default_rng(1)
    noise = [random.integers(0, 256, (64, 64), np.uint8) for _ in range(200)]
    sequence, tracks = tracks_of(noise, FULL, most)
    assert 1 <= len(sequence) <= most
    assert tracks.pruned_bits > 8
    assert sequence.records["time"].max() > 2000


def test_frames_of_one_colour_and_frames_too_small_to_see():
    assert tracks_of([np.full((50, 50), 7, np.uint8)] * 3)[1].flat
    sequence, tracks = tracks_of([np.zeros((3, 50), np.uint8)])
    assert (len(sequence), tracks.frames) == (0, 0)


def test_a_size_that_changes_ends_a_shot():
    small = [frame[::2, ::2] for frame in MOVING[25:]]
    sequence, tracks = tracks_of(MOVING[:25] + small)
    assert tracks.frames == 50
    assert max(hashes(sequence, Area.FULL)) > 1500
