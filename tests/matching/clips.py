"""Videos made of hashes alone: a scene that changes by so many bits from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import FRAME, FrameSequence
from tidebreak.matching.resemblance import KnownFrames

RATE = 25


@dataclass(frozen=True)
class Clip:
    """A clip of its own for every seed; ``change`` is in bits per frame."""

    seed: int
    seconds: float = 8.0
    change: int = 4

    def hashes(self) -> NDArray[np.uint8]:
        """Return the hashes (n, 32) of all frames, 25 a second."""
        random = np.random.default_rng(self.seed)
        value = random.integers(0, 2, 256)
        rows = []
        for _ in range(round(self.seconds * RATE)):
            value = value.copy()
            value[random.choice(256, self.change, replace=False)] ^= 1
            rows.append(np.packbits(value.astype(np.uint8)))
        return np.array(rows, np.uint8)

    def known(self) -> KnownFrames:
        """Return what a list keeps of the clip."""
        frames = frames_of(self, noise=0)
        return KnownFrames(frames["time"].copy(), frames["hash"].copy())


def frames_of(
    *clips: Clip | NDArray[np.uint8], noise: int = 6, rate: float = RATE, track: int = 0,
    quality: int = 100, seed: int = 0,
) -> NDArray[np.void]:  # fmt: skip
    """Return ``clips`` one after the other as a file's frames, ``noise`` bits wrong in each."""
    random = np.random.default_rng(seed)
    hashes = np.concatenate([c.hashes() if isinstance(c, Clip) else c for c in clips])
    frames = np.zeros(len(hashes), FRAME)
    frames["time"] = np.round(np.arange(len(hashes)) * 1000 / rate)
    frames["track"], frames["quality"] = track, quality
    bits = np.unpackbits(hashes, axis=1)
    for row in bits:
        row[random.choice(256, noise, replace=False)] ^= 1
    frames["hash"] = np.packbits(bits, axis=1)
    return FrameSequence(frames).pruned().records
