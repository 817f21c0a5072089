"""One connection after the other, in this process, from what ffmpeg made."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from tests.watch.conftest import pan

from tidebreak.hashing.frames import Area, FrameSequence
from tidebreak.model import Depth
from tidebreak.settings import Limits
from tidebreak.watch.decoding import Decoding
from tidebreak.watch.notes import Kind, Note
from tidebreak.watch.pace import Effort, Pace
from tidebreak.watch.reading import Arriving
from tidebreak.watch.tracks import Tracks


class Decoded:
    """What a decoder said of some bytes."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.notes: list[Note] = []
        self.decoding = Decoding(
            self.notes.append, Tracks(Depth.FAST), limits or Limits(), epoch=time.monotonic()
        )

    def feed(self, data: bytes, form: str = "", effort: Effort = Effort.EVERY_FRAME) -> str:
        reading, writing = os.pipe()

        def write() -> None:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(data)

        writer = threading.Thread(target=write)
        writer.start()
        pace = Pace(time.monotonic(), live=False, patience=1, effort=effort)
        source = Arriving(reading, follow=False, idle=self.decoding.idle)
        why = self.decoding.run(source, pace, form)
        source.close()
        writer.join()
        return why

    def of(self, kind: Kind) -> list[Note]:
        return [note for note in self.notes if note.kind is kind]

    @property
    def pictures(self) -> int:
        return sum(note.count for note in self.of(Kind.PROGRESS))

    @property
    def hashes(self) -> np.ndarray:
        found = [FrameSequence.unpack(note.records).track(Area.FULL).records["hash"]
                 for note in self.of(Kind.FRAMES)]  # fmt: skip
        return np.concatenate(found)


def test_every_picture_of_a_stream_is_counted_and_its_hashes_are_said(clips: Path):
    decoded = Decoded()
    assert decoded.feed((clips / "known.ts").read_bytes(), "mpegts") == ""
    assert decoded.pictures == 75
    assert len(decoded.hashes) > 20
    (opened,) = decoded.of(Kind.OPENED)
    assert opened.text == "h264 320x180"
    assert not decoded.of(Kind.MISSED)


@pytest.mark.parametrize("size", [1 << 16, 3 << 20])
def test_garbage_in_the_middle_is_passed_over_and_what_it_cost_is_said(clips: Path, size: int):
    data = (clips / "known.ts").read_bytes()
    middle = len(data) // 2
    noise = random.Random(7).randbytes(size)
    decoded = Decoded()
    decoded.feed(data[:middle] + noise + data[middle:], "mpegts")
    assert decoded.pictures > 60
    assert decoded.pictures == 75 or decoded.of(Kind.MISSED)


def test_garbage_alone_ends_with_a_reason():
    decoded = Decoded()
    assert decoded.feed(random.Random(7).randbytes(1 << 20))
    assert not decoded.pictures


def test_a_stretch_that_is_missing_is_said_with_its_range(clips: Path, tmp_path: Path):
    long = pan("astronaut.png", 8, tmp_path / "long.ts")
    data = long.read_bytes()
    third = len(data) // 3 // 188 * 188
    decoded = Decoded()
    decoded.feed(data[:third] + data[2 * third :], "mpegts")
    gap = max(decoded.of(Kind.MISSED), key=lambda note: note.end - note.start)
    assert gap.end - gap.start > 1000


def test_another_connection_goes_on_the_same_time_line(clips: Path):
    decoded = Decoded()
    decoded.feed((clips / "known.ts").read_bytes(), "mpegts")
    decoded.feed((clips / "other.ts").read_bytes(), "mpegts")
    assert decoded.pictures == 150
    spans = [(note.start, note.end) for note in decoded.of(Kind.PROGRESS)]
    assert spans == sorted(spans)
    assert len(decoded.of(Kind.OPENED)) == 2


def test_less_effort_hashes_and_decodes_less(clips: Path):
    data, counts = (clips / "known.ts").read_bytes(), []
    for effort in Effort:
        decoded = Decoded()
        decoded.feed(data, "mpegts", effort)
        counts.append((decoded.pictures, len(decoded.hashes)))
    pictures, hashes = zip(*counts, strict=True)
    assert pictures[0] == pictures[1] == 75
    assert pictures[3] == hashes[3] == 3
    assert hashes[0] > hashes[1] >= 9


def test_sound_alone_has_no_pictures(tmp_path: Path):
    path = tmp_path / "sound.ts"
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=2", path], check=True
    )
    assert Decoded().feed(path.read_bytes()) == "no pictures in it"


def test_pictures_above_the_limit_are_said(clips: Path):
    decoded = Decoded(Limits(frame_pixels=1000))
    decoded.feed((clips / "known.ts").read_bytes())
    assert "above the limit" in decoded.of(Kind.MISSED)[0].text
    assert not decoded.of(Kind.FRAMES)


@pytest.mark.parametrize("seed", range(4))
def test_broken_bits_break_nothing(clips: Path, seed: int):
    data, dice = bytearray((clips / "known.ts").read_bytes()), random.Random(seed)
    for _ in range(300):
        data[dice.randrange(len(data))] = dice.randrange(256)
    decoded = Decoded()
    decoded.feed(bytes(data))
    assert decoded.pictures > 20
    assert decoded.of(Kind.MISSED)


def test_a_sender_that_paused_is_no_reason_to_do_less(clips: Path):
    decoded, data = Decoded(), (clips / "known.ts").read_bytes()
    half = len(data) // 2 // 188 * 188
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(data[:half])
            pipe.flush()
            time.sleep(2)
            pipe.write(data[half:])

    writer = threading.Thread(target=write)
    writer.start()
    pace = Pace(time.monotonic(), live=True, patience=1.5, effort=Effort.EVERY_FRAME)
    source = Arriving(reading, follow=False, idle=decoded.decoding.idle)
    decoded.decoding.run(source, pace, "mpegts")
    source.close()
    writer.join()
    assert not decoded.of(Kind.REDUCED)
