"""The verified tier as a method that can be measured: known pictures found by their scene."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tidebreak.calibration.methods import NOTHING, Answer, Pixels
from tidebreak.index.features import FeatureIndex
from tidebreak.matching.scenes import find_scenes, level_of
from tidebreak.media.features import KNOWN, extract
from tidebreak.model import Level, Thresholds

_ON_SCALE = {Level.POSSIBLE: Thresholds().possible, Level.LEAD: Thresholds().lead}
"""A level has no distance of its own: it is put at the end of its band of PDQ distances."""


@dataclass(frozen=True, slots=True)
class VerifiedShelf:
    """The local features of all known pictures."""

    index: FeatureIndex
    pictures: int

    def look_up(self, pixels: Pixels) -> Answer:
        """Return the end of the band of each known picture that is seen in ``pixels``."""
        started = time.process_time()
        query = extract(pixels)
        seconds = time.process_time() - started
        nearest = np.full(self.pictures, NOTHING, np.int16)
        for match in find_scenes(query, self.index):
            level = level_of(match)
            if level is not None:
                nearest[match.entry] = _ON_SCALE[level]
        return Answer(nearest, nearest.copy(), len(query), seconds)


@dataclass(frozen=True, slots=True)
class Verified:
    """Local features with geometric verification; needs the extra ``[verify]``."""

    name: str = "verified"

    def enrol(self, pictures: Sequence[Pixels]) -> VerifiedShelf:
        """Keep the features of the known pictures."""
        values = [extract(pixels, KNOWN, mirrored=False).stored() for pixels in pictures]
        owners = np.repeat(np.arange(len(values), dtype=np.uint32), [len(v) for v in values])
        together = np.concatenate([np.empty((0, 40), np.uint8), *values])
        return VerifiedShelf(FeatureIndex.build(together, owners), len(pictures))
