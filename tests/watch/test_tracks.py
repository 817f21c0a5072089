from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from tidebreak.hashing.frames import Area, track_of
from tidebreak.hashing.pdq import pdq_grey
from tidebreak.model import Depth, Turn, ViewKind
from tidebreak.watch.tracks import WRAP_MS, Tracks

PICTURES = Path(skimage.__file__).parent / "data"


def window(name: str, x: int, y: int = 40, width: int = 480, height: int = 270) -> np.ndarray:
    grey = Image.open(PICTURES / name).convert("L").resize((1000, 800))
    return np.asarray(grey)[y : y + height, x : x + width].copy()


def bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def hash_on(found, track: int) -> bytes:
    (value,) = found.frames.track(track).records["hash"]
    return value.tobytes()


def test_a_frame_has_the_hash_that_its_picture_has_and_that_of_its_mirror_image():
    pixels = window("astronaut.png", 100)
    found = Tracks(Depth.STANDARD).add(0, pixels, 1.0, Turn.NONE)
    assert hash_on(found, Area.FULL) == pdq_grey(pixels).value
    mirrored = pdq_grey(np.ascontiguousarray(pixels[:, ::-1])).value
    assert bits(hash_on(found, track_of(Area.FULL, Turn.MIRROR)), mirrored) <= 4


def test_a_frame_that_lies_on_its_side_is_hashed_upright():
    pixels = window("astronaut.png", 100)
    lying = np.ascontiguousarray(np.rot90(pixels))
    found = Tracks(Depth.STANDARD).add(0, lying, 1.0, Turn.RIGHT)
    assert bits(hash_on(found, Area.FULL), pdq_grey(pixels).value) <= 4


def test_neighbours_that_hardly_differ_are_left_out_but_for_one_a_second():
    tracks, pixels = Tracks(Depth.STANDARD), window("astronaut.png", 100)
    kept = [ms for ms in range(0, 3000, 40) if len(tracks.add(ms, pixels, 1.0, Turn.NONE).frames)]
    assert kept == [0, 1000, 2000]


@pytest.mark.parametrize("depth", Depth)
def test_what_is_inside_bars_gets_a_track_of_its_own(depth: Depth):
    tracks, inner = Tracks(depth), window("astronaut.png", 100)
    for step in range(8):
        inner = window("astronaut.png", 100 + 25 * step)
        framed = np.zeros((400, 480), np.uint8)
        framed[65:335] = inner
        found = tracks.add(300 * step, framed, 1.0, Turn.NONE)
    content = found.frames.track(Area.CONTENT).records
    if depth is Depth.FAST:
        assert len(content) == 0
    else:
        assert bits(content["hash"][0].tobytes(), pdq_grey(inner).value) <= 10


def test_a_cut_forgets_the_bars_of_the_shot_before():
    tracks = Tracks(Depth.STANDARD)
    for step in range(8):
        framed = np.zeros((400, 480), np.uint8)
        framed[65:335] = window("astronaut.png", 100 + 25 * step)
        tracks.add(300 * step, framed, 1.0, Turn.NONE)
    cut = tracks.add(2400, window("coffee.png", 100, height=400), 1.0, Turn.NONE)
    assert Area.CONTENT not in cut.frames.tracks


def test_what_is_new_is_looked_at_from_all_sides_within_half_a_second():
    tracks = Tracks(Depth.STANDARD)
    one, other = window("astronaut.png", 100), window("coffee.png", 100)
    viewed = [
        ms for ms in range(0, 4000, 40)
        if tracks.add(ms, one if ms < 200 else other, 1.0, Turn.NONE).views
    ]  # fmt: skip
    assert viewed[:2] == [0, 520]
    assert max(np.diff(viewed)) <= 1000


def test_views_are_those_of_a_picture_at_the_depth_asked_for():
    pixels = window("astronaut.png", 100)
    fast = Tracks(Depth.FAST).add(0, pixels, 1.0, Turn.NONE).views
    deep = Tracks(Depth.DEEP).add(0, pixels, 1.0, Turn.NONE).views
    assert fast[0].kind is ViewKind.FULL
    assert {view.turn for view in fast} == set(Turn)
    assert len(deep) > len(fast)


def test_quality_is_told_for_the_contrast_that_the_range_hides():
    pixels = (window("astronaut.png", 100) // 12 + 40).astype(np.uint8)
    plain = Tracks(Depth.FAST).add(0, pixels, 1.0, Turn.NONE).frames.records["quality"][0]
    scaled = Tracks(Depth.FAST).add(0, pixels, 255 / 219, Turn.NONE).frames.records["quality"][0]
    assert scaled > plain


def test_after_seven_weeks_time_wraps_around():
    found = Tracks(Depth.FAST).add(WRAP_MS + 7, window("moon.png", 100), 1.0, Turn.NONE)
    assert set(found.frames.records["time"].tolist()) == {7}


def test_frames_too_small_to_hash_give_nothing():
    found = Tracks(Depth.STANDARD).add(0, np.zeros((4, 100), np.uint8), 1.0, Turn.NONE)
    assert len(found.frames) == len(found.views) == 0
