from __future__ import annotations

import numpy as np
import pytest

from tidebreak.hashing.frames import FRAME, Area, track_of
from tidebreak.matching.tracks import counting, doubt_of, of_area, transform_of
from tidebreak.model import Depth, Thresholds, Turn

MIRRORED = track_of(Area.FULL, Turn.MIRROR)


@pytest.mark.parametrize(
    ("depth", "quality", "counted"),
    [
        (Depth.FAST, 50, [0]),
        (Depth.FAST, 40, [0, 1]),
        (Depth.STANDARD, 50, [0, 2, 3]),
        (Depth.DEEP, 40, [0, 1, 2, 3]),
    ],
)
def test_a_list_takes_frames_of_its_quality_and_depth(depth: Depth, quality: int, counted: list):
    frames = np.zeros(4, FRAME)
    frames["track"] = [Area.FULL, Area.CONTENT, Area.PANE, MIRRORED]
    frames["quality"] = [50, 49, 100, 50]
    found = counting(frames, Thresholds(quality=quality), depth)
    assert np.flatnonzero(found).tolist() == counted


def test_only_what_was_guessed_is_in_doubt():
    doubtful = [area for area in range(32) if doubt_of(track_of(area, Turn.FLIP))]
    assert doubtful == list(range(Area.EXTENDED, 32))


def test_tracks_are_told_in_words():
    assert (of_area(MIRRORED), transform_of(MIRRORED)) == ("", "mirrored")
    assert (of_area(Area.PANE + 1), transform_of(Area.PANE + 1)) == (", pane 2", "none")
