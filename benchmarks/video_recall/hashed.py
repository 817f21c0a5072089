"""Clips hashed once, and kept beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.frames import FrameSequence
from tidebreak.hashing.pdq import pdq_grey
from tidebreak.media.video import hash_video
from tidebreak.settings import Limits


@dataclass(frozen=True)
class Hashed:
    """A clip: its sequence as the product hashes it, and one frame a second as vPDQ takes them.

    ``seconds`` is how long it lasts; ``every_second`` (n, 33) uint8 is quality and hash.
    """

    seconds: float
    sequence: FrameSequence
    every_second: NDArray[np.uint8]

    def one_per_second(self) -> Hashed:
        """Return the clip as a received list has it."""
        rows = self.every_second
        times = [1000 * second for second in range(len(rows))]
        hashes = [row[1:].tobytes() for row in rows]
        sequence = FrameSequence.of(times, [0] * len(rows), rows[:, 0].tolist(), hashes)
        return replace(self, sequence=sequence)


def hashed(path: Path) -> Hashed:
    """Return the clip at ``path``, hashed now or before."""
    kept = path.with_suffix(".npz")
    if not kept.exists():
        with path.open("rb") as file:
            result = hash_video(file, Limits(), effort="dense", beat=lambda: None)
        if result.reason:
            raise ValueError(f"{path}: {result.reason}")
        seconds, every = _every_second(path)
        packed = np.frombuffer(result.sequence, np.uint8)
        np.savez(kept, sequence=packed, every=every, seconds=seconds)
    with np.load(kept) as found:
        sequence = FrameSequence.unpack(found["sequence"].tobytes())
        return Hashed(float(found["seconds"]), sequence, found["every"])


def _every_second(path: Path) -> tuple[float, NDArray[np.uint8]]:
    rows: list[bytes] = []
    end = 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        for frame in container.decode(stream):
            end = float(frame.time) + 1 / float(stream.average_rate)
            if float(frame.time) >= len(rows):
                plane = frame.planes[0]
                luma = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                found = pdq_grey(np.ascontiguousarray(luma[:, : plane.width]))
                rows.append(bytes([found.quality]) + found.value)
    return end, np.frombuffer(b"".join(rows), np.uint8).reshape(-1, 33)
