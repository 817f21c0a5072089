"""Made-up shots: windows that wander over landscapes, put together as people do."""

from __future__ import annotations

import numpy as np
import pytest
from tests.media.moving import landscape, wander

from tidebreak.hashing.frame_boxes import Boxes, boxes_of, moving_box, without_bars
from tidebreak.hashing.frames import Area


def shot(seed: int, height: int = 180, width: int = 320, step: int = 9) -> np.ndarray:
    """Return six frames (6, height, width) of a moving picture, float32."""
    frames = list(wander(seed, 5 * step + 1, height, width))[::step]
    return np.stack(frames).astype(np.float32)


def still(stack: np.ndarray, seed: int) -> np.ndarray:
    """Return a stack of that shape in which nothing moves but a little noise."""
    ground = landscape(seed, *stack.shape[1:]).astype(np.float32)
    return ground + np.random.default_rng(seed).normal(0, 1, stack.shape).astype(np.float32)


def near(box: tuple[int, ...] | None, expected: tuple[int, ...], most: int = 2) -> bool:
    return box is not None and all(abs(a - b) <= most for a, b in zip(box, expected, strict=True))


def area(found: Boxes, wanted: tuple[int, ...]) -> int | None:
    return next((number for number, box in found.found if near(box, wanted)), None)


@pytest.mark.parametrize("seed", range(6))
def test_a_plain_shot_shows_nothing_but_itself(seed: int):
    stack = shot(seed)
    found = boxes_of(stack)
    assert (found.found, found.content, found.band) == ((), (0, 0, 320, 180), None)


@pytest.mark.parametrize("level", [16, 0, 128, 235])
@pytest.mark.parametrize(
    ("above", "below", "before", "behind"), [(30, 30, 0, 0), (0, 0, 50, 50), (40, 12, 20, 0)]
)
def test_bars_of_any_grey_are_taken_off(
    level: int, above: int, below: int, before: int, behind: int
):
    inner = shot(1)
    stack = np.pad(inner, ((0, 0), (above, below), (before, behind)), constant_values=level)
    stack += np.random.default_rng(1).normal(0, 1, stack.shape).astype(np.float32)
    expected = (before, above, before + 320, above + 180)
    found = boxes_of(stack)
    assert near(found.content, expected)
    assert area(found, expected) == Area.CONTENT


def test_a_title_in_a_bar_does_not_hide_the_picture_below_it():
    stack = np.pad(shot(2), ((0, 0), (40, 40), (0, 0)), constant_values=16)
    assert near(without_bars(stack, (0, 0, 320, 260)), (0, 40, 320, 220))


def test_a_flat_sky_that_changes_is_no_bar():
    stack = shot(3)
    stack[:, :40] = np.linspace(90, 160, 6)[:, np.newaxis, np.newaxis]
    assert boxes_of(stack).content == (0, 0, 320, 180)


def test_a_player_on_a_still_screen_is_found():
    inner = shot(4)
    stack = still(np.empty((6, 400, 500)), 9)
    stack[:, 100:280, 60:380] = inner
    assert near(moving_box(stack), (60, 100, 380, 280), 3)
    assert area(boxes_of(stack), (60, 100, 380, 280)) is not None


def test_a_shot_in_which_only_somebody_moves_has_no_moving_box():
    stack = still(shot(1), 5)
    for number, frame in enumerate(stack):
        frame[20 + 20 * number : 60 + 20 * number, 60 + 30 * number : 90 + 30 * number] = 230
    assert moving_box(stack) is None
    assert moving_box(shot(1)[:2]) is None


def test_panes_side_by_side_are_found():
    stack = np.concatenate([shot(1), shot(2)], axis=2)
    found = boxes_of(stack)
    assert area(found, (0, 0, 320, 180)) is not None
    assert area(found, (320, 0, 640, 180)) is not None


def test_four_panes_and_their_gutters_are_found():
    a, b, c, d = (np.pad(shot(n), ((0, 0), (4, 4), (4, 4))) for n in range(4))
    stack = np.concatenate([np.concatenate([a, b], 2), np.concatenate([c, d], 2)], 1)
    found = boxes_of(stack)
    for left in (4, 332):
        for top in (4, 192):
            assert area(found, (left, top, left + 320, top + 180)) is not None


@pytest.mark.parametrize(("start", "end"), [(148, 175), (0, 30), (150, 180), (80, 100)])
def test_a_caption_is_found_wherever_it_is(start: int, end: int):
    stack = shot(2)
    stack[:, start:end] = 16
    stack[:, start + 8 : end - 8, 100:220:3] = 235
    assert near(boxes_of(stack).band, (start, end))


def test_every_area_is_one_that_a_track_can_have():
    parts = [shot(n, 90, 80) for n in range(12)]
    rows = [np.concatenate(parts[n : n + 4], axis=2) for n in (0, 4, 8)]
    areas = [number for number, _ in boxes_of(np.concatenate(rows, axis=1)).found]
    assert len(areas) == len(set(areas)) > 4
    assert all(number < Area.EXTENDED for number in areas)


@pytest.mark.parametrize("shape", [(1, 5, 5), (1, 1, 400), (2, 400, 3), (6, 64, 64), (1, 80, 80)])
def test_small_narrow_and_flat_pictures_have_no_boxes(shape: tuple[int, int, int]):
    assert boxes_of(np.full(shape, 50, np.float32)).found == ()
    noise = np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)
    assert isinstance(boxes_of(noise), Boxes)
