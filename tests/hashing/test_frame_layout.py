from __future__ import annotations

import numpy as np
import pytest
from tests.media.moving import landscape, wander

from tidebreak.hashing.frame_layout import Layout, layout_of
from tidebreak.hashing.frames import Area
from tidebreak.hashing.pdq import hash_of_grid, pdq_grey
from tidebreak.hashing.views.luma import ReducedLuma

FRAMES = list(wander(2, 61, 270, 480))[::12]


def lumas(frames: list[np.ndarray]) -> list[ReducedLuma]:
    return [ReducedLuma.of(np.ascontiguousarray(frame)) for frame in frames]


def distance(grid: np.ndarray, picture: np.ndarray) -> int:
    found, known = hash_of_grid(grid).value, pdq_grey(np.ascontiguousarray(picture)).value
    return (int.from_bytes(found) ^ int.from_bytes(known)).bit_count()


def nearest(
    layout: Layout, luma: ReducedLuma, picture: np.ndarray, *, extended: bool = False
) -> dict[int, int]:
    shots = layout.extended(luma) if extended else layout.shots(luma)
    return {area: distance(part.grid(box), picture) for area, part, box in shots}


def test_a_plain_shot_has_a_plain_layout():
    layout = layout_of(lumas(FRAMES))
    assert layout.is_plain
    assert layout.content == (0, 0, 480, 270)
    assert list(layout.shots(lumas(FRAMES)[0])) == []


@pytest.mark.parametrize("scale", [1, 3])
def test_bars_are_taken_off_in_pixels_of_the_frame(scale: int):
    framed = [
        np.pad(
            np.kron(f, np.ones((scale, scale), np.uint8)), ((60, 60), (0, 0)), constant_values=16
        )
        for f in FRAMES
    ]
    made = lumas(framed)
    layout = layout_of(made)
    left, top, right, bottom = layout.content
    assert (left, right) == (0, 480 * scale)
    assert abs(top - 60) <= made[0].factor
    assert abs(bottom - 60 - 270 * scale) <= made[0].factor
    assert nearest(layout, made[2], FRAMES[2])[Area.CONTENT] <= 12


def test_a_caption_is_bridged():
    hidden = [frame.copy() for frame in FRAMES]
    for frame in hidden:
        frame[220:255] = 16
    made = lumas(hidden)
    layout = layout_of(made)
    assert layout.band == (220, 255)
    for luma, covered, frame in zip(made, hidden, FRAMES, strict=True):
        before = distance(luma.grid(luma.whole), frame)
        after = nearest(layout, luma, frame)[Area.FILLED]
        assert after < before
        assert np.array_equal(layout.repaired(luma).blocks[:220], covered[:220])


@pytest.mark.parametrize(("down", "across"), [(0, 0), (0.5, 0.5), (1, 0.5), (0.2, 0.9)])
def test_a_crop_is_completed(down: float, across: float):
    height, width = 256, 456
    top, left = round((270 - height) * down), round((480 - width) * across)
    cropped = [frame[top : top + height, left : left + width] for frame in FRAMES]
    made = lumas(cropped)
    found = nearest(layout_of(made), made[1], FRAMES[1], extended=True)
    assert len(found) == 10
    assert min(found.values()) <= 40
    assert min(found.values()) < distance(made[1].grid(made[1].whole), FRAMES[1])


def test_what_is_completed_is_what_is_inside_the_bars_without_the_caption():
    changed = []
    for frame in FRAMES:
        inner = frame[7:263, 12:468].copy()
        inner[200:230] = 16
        changed.append(np.pad(inner, ((50, 50), (0, 0)), constant_values=16))
    made = lumas(changed)
    found = nearest(layout_of(made), made[2], FRAMES[2], extended=True)
    assert min(found.values()) <= 40


def test_areas_are_those_that_tracks_have():
    made = lumas([landscape(n, 200, 300) for n in range(3)])
    areas = [area for area, _, _ in layout_of(made).extended(made[0])]
    assert areas == list(range(Area.EXTENDED, Area.EXTENDED + 10))
