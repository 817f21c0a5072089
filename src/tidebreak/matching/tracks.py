"""The tracks of a video's frames: which count for a list, what is in doubt, how they are told."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import Area, Records, area_name, area_of, turn_of
from tidebreak.matching.bands import GUESSED
from tidebreak.model import Depth, Thresholds, Turn, View


def reached(frames: Records, depth: Depth) -> NDArray[np.bool_]:
    """Which frames count at ``depth``; the fast one takes the upright picture and its content."""
    if depth is not Depth.FAST:
        return np.ones(len(frames), np.bool_)
    return np.isin(frames["track"], (Area.FULL, Area.CONTENT))


def counting(frames: Records, limits: Thresholds, depth: Depth) -> NDArray[np.bool_]:
    """Which frames count for a list with ``limits``, for which ``depth`` counts."""
    return (frames["quality"] >= limits.quality) & reached(frames, depth)


def doubt_of(track: int) -> str:
    """Return why a single frame of ``track`` decides nothing, empty where it may."""
    return GUESSED if area_of(track) >= Area.EXTENDED else ""


def of_area(track: int) -> str:
    """Return the part of the frame that ``track`` is of, to follow a time; empty for all of it."""
    return "" if area_of(track) == Area.FULL else f", {area_name(track)}"


def transform_of(track: int) -> str:
    """Return how the frames of ``track`` were turned, in words."""
    turn = turn_of(track)
    return "none" if turn is Turn.NONE else View(b"", turn=turn).transform
