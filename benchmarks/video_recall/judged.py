"""What each side says: the product's matcher over a list of clips, and vPDQ's rules."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from hashed import Hashed
from numpy.typing import NDArray

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Match, Observation, Range

DISTANCE, QUALITY = 31, 50


class Bank:
    """An installation with one vPDQ list of clips."""

    def __init__(self, clips: Mapping[str, Hashed]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="video-bank-")
        home = Path(self._folder.name)
        self._installation = Tidebreak.create(home / "home")
        file = home / "clips.json"
        file.write_text(json.dumps({name: _frames(clip) for name, clip in clips.items()}))
        self._installation.import_list(file, name="clips", kind=ListKind.WATCH)
        self._matcher = self._installation.matcher()

    def find(self, query: Hashed) -> dict[str, Match]:
        """Return the matches of videos by the clip's name."""
        item = Observation("", 1, "video/mp4", sequence=query.sequence.pack(), preproc="video/full")
        matches = self._matcher.judge([item])[0].verdict.matches
        return {match.entry: match for match in matches if match.ranges}


def _frames(clip: Hashed) -> list[str]:
    return [
        f"{frame['hash'].tobytes().hex()},{frame['quality']},{frame['time'] / 1000:.3f}"
        for frame in clip.sequence.track(0).records
    ]


def vpdq_says(known: Hashed, query: Hashed) -> tuple[float, float]:
    """Return which share of the known clip's frames, and of the file's, has a match."""
    there, here = _usable(known.every_second), _usable(query.every_second)
    if not len(there) or not len(here):
        return 0.0, 0.0
    near = (there[:, np.newaxis] != here).sum(axis=2) <= DISTANCE
    return float(near.any(axis=1).mean()), float(near.any(axis=0).mean())


def _usable(every_second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    good = np.unique(every_second[every_second[:, 0] >= QUALITY, 1:], axis=0)
    return np.unpackbits(good, axis=1)


def boundary_errors(found: Sequence[Range], truth: Sequence[Range]) -> tuple[float, float]:
    """Return how far off, in seconds at worst, the ends in the file are, and the times in between.

    Stretches that follow one another at once are one where only the ends count.
    """
    here, there = _joined(found, 1.0), _joined(truth, 0.1)
    ends = max(min(abs(one[end] - other[end]) for other in here) for one in there for end in (0, 1))
    times = 0.0
    for start, end, known_start, known_end in truth:
        for share in np.linspace(0.05, 0.95, 19):
            time = start + share * (end - start)
            expected = known_start + share * (known_end - known_start)
            said = [_mapped(item, time) for item in found if item[0] - 0.5 <= time <= item[1] + 0.5]
            times = max(times, min((abs(value - expected) for value in said), default=9.0))
    return ends, times


def _joined(ranges: Sequence[Range], gap: float) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end, *_ in sorted(ranges):
        if joined and start - joined[-1][1] < gap:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _mapped(item: Range, time: float) -> float:
    start, end, known_start, known_end = item
    return known_start + (time - start) / max(end - start, 1e-9) * (known_end - known_start)
