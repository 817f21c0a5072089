from __future__ import annotations

import io
import random
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.media.moving import encode, wander

from tidebreak.media.video_opening import open_video
from tidebreak.media.video_reading import Mode, Reading
from tidebreak.settings import Limits

FRAMES = 100
CLIP = encode(wander(1, FRAMES), g="25")
MATROSKA = encode(wander(1, FRAMES), "matroska", g="25")


def read(
    data: bytes, mode: Mode = "every", limits: Limits | None = None
) -> tuple[list[int], Reading]:
    reading = open_video(io.BytesIO(data), limits or Limits(), mode, lambda: None)
    with reading.container:
        return [time_ms for time_ms, _ in reading.frames()], reading


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def test_every_frame_has_its_time():
    times, reading = read(CLIP)
    assert times == [40 * number for number in range(FRAMES)]
    assert (reading.reason, reading.note, reading.duration_ms) == ("", "", 4000)


def test_the_dense_pass_leaves_out_only_what_nothing_is_built_on():
    times, reading = read(CLIP, "dense")
    assert set(times) < set(range(0, 4000, 40))
    assert max(b - a for a, b in pairwise(times)) <= 200
    assert (reading.reason, reading.duration_ms) == ("", 4000)


def test_the_keyframe_pass_takes_at_most_one_a_second():
    assert read(CLIP, "keyframes")[0] == [0, 1000, 2000, 3000]
    every_frame = encode(wander(1, FRAMES), codec="mjpeg", pixels="yuvj420p")
    times, reading = read(every_frame, "keyframes")
    assert len(times) in (4, 5)
    assert reading.duration_ms == 4000


def test_keyframes_far_apart_are_worth_a_note():
    slow = encode(wander(1, 30), rate=2, g="24")
    assert read(slow, "keyframes")[1].note == "keyframes up to 12 s apart"


@pytest.fixture(scope="module")
def index_first(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the clip as an MP4 file whose index comes first."""
    plain = tmp_path_factory.mktemp("clip") / "plain.mp4"
    plain.write_bytes(CLIP)
    made = plain.with_name("made.mp4")
    ffmpeg("-i", plain, "-c", "copy", "-movflags", "+faststart", made)
    return made.read_bytes()


@pytest.mark.parametrize("container", ["mp4", "matroska"])
@pytest.mark.parametrize("mode", ["every", "keyframes"])
def test_a_video_that_is_cut_off_says_where(container: str, mode: Mode, index_first: bytes):
    data = index_first if container == "mp4" else MATROSKA
    times, reading = read(data[: len(data) // 2], mode)
    assert times
    assert "cut off: ends at 0:0" in reading.reason
    assert "says that it lasts 0:0" in reading.reason


def test_matroska_that_begins_late_is_not_cut_off(tmp_path: Path):
    (tmp_path / "plain.mp4").write_bytes(CLIP)
    late = tmp_path / "late.mkv"
    start = ("-itsoffset", "5000", "-i", tmp_path / "plain.mp4")
    ffmpeg(*start, "-c", "copy", "-copyts", late)
    times, reading = read(late.read_bytes())
    assert len(times) == FRAMES
    assert not reading.reason
    times, reading = read(late.read_bytes()[: late.stat().st_size // 2])
    assert times
    assert "cut off: ends at 0:0" in reading.reason


def test_damage_is_counted_and_what_is_left_is_shown(index_first: bytes):
    damaged, dice = bytearray(index_first), random.Random(1)
    for _ in range(60):
        damaged[dice.randrange(len(damaged) // 3, len(damaged))] ^= 0xFF
    times, reading = read(bytes(damaged))
    assert len(times) > FRAMES // 2
    assert "frames or parts of frames cannot be decoded" in reading.reason


def test_encrypted_pictures_are_said_to_be(tmp_path: Path):
    plain, made = tmp_path / "plain.mp4", tmp_path / "made.mp4"
    plain.write_bytes(CLIP)
    key = ["-encryption_key", "00" * 16, "-encryption_kid", "11" * 16]
    ffmpeg("-i", plain, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", *key, made)
    times, reading = read(made.read_bytes())
    assert times == []
    assert reading.reason == "encrypted, so its pictures cannot be examined"


def test_two_streams_come_one_after_another(tmp_path: Path):
    plain, made = tmp_path / "plain.mp4", tmp_path / "made.mkv"
    plain.write_bytes(CLIP)
    ffmpeg("-i", plain, "-i", plain, "-map", "0", "-map", "1", "-c", "copy", made)
    times, reading = read(made.read_bytes())
    assert len(times) == 2 * FRAMES
    assert sum(time < 4500 for time in times) == sum(time > 4500 for time in times) == FRAMES
    assert reading.note == "2 streams of pictures, one after another"


def test_what_an_edit_list_hides_is_shown(tmp_path: Path):
    plain, made = tmp_path / "plain.mp4", tmp_path / "made.mp4"
    plain.write_bytes(CLIP)
    ffmpeg("-ss", "1.5", "-i", plain, "-c", "copy", made)
    players = subprocess.run(
        ["ffprobe", "-v", "error", "-count_frames", "-show_entries", "stream=nb_read_frames",
         "-of", "csv=p=0", made], capture_output=True, check=True,
    ).stdout  # fmt: skip
    times, _ = read(made.read_bytes())
    assert len(times) > int(players)
    assert len(times) == 75


def test_time_that_is_up_leaves_keyframes_and_then_nothing():
    def slowly(reading: Reading) -> list[int]:
        times: list[int] = []
        for time_ms, _ in reading.frames():
            times.append(time_ms)
            time.sleep(0.03)
        return times

    reading = open_video(io.BytesIO(CLIP), Limits(video_seconds=0.3), "every", lambda: None)
    with reading.container:
        times = slowly(reading)
    # A busy machine gets less far: then not even all keyframes are left in the time.
    assert 1 <= len(times) < 30
    assert times == sorted(times)
    assert "took too long: only keyframes were examined after 0:00" in reading.reason
    reading = open_video(io.BytesIO(CLIP), Limits(video_seconds=0), "keyframes", lambda: None)
    with reading.container:
        assert slowly(reading) == []
    assert "took too long: not examined after 0:00" in reading.reason


def test_work_shows_that_it_goes_on():
    beats: list[int] = []
    reading = open_video(io.BytesIO(CLIP), Limits(), "every", lambda: beats.append(1))
    with reading.container:
        assert len(list(reading.frames())) == FRAMES
    assert len(beats) >= FRAMES
