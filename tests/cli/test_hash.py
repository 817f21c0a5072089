from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from tests.media.moving import encode, wander

from tidebreak.cli import hash as module
from tidebreak.cli.hash import to_record
from tidebreak.errors import UsageError
from tidebreak.hashing.frames import Area, FrameSequence, track_of
from tidebreak.lists.vpdq_frames import to_text
from tidebreak.media.video import hash_video
from tidebreak.model import Examination, Signal, Turn, View, ViewKind
from tidebreak.settings import Limits


def test_table_and_members(run, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/x.txt", "hello")
    said = run("hash", "a.zip").output
    assert "tth" in said
    assert "in/x.txt" not in said
    lines = run("hash", "--json", "--members", ".").output.splitlines()
    records = [json.loads(line) for line in lines]
    assert [r["path"].rpartition("/")[2] for r in records] == ["a.zip", "x.txt"]


def test_what_cannot_be_read_exits_with_two(run, tmp_path: Path):
    said = run("hash", "gone", code=2).output
    assert "not fully examined" in said


def test_a_record_has_every_signal_and_its_frames():
    signal = Signal.parse("pdq", "ab" * 32, 77)
    item = Examination(
        "m\udcff",
        5,
        "image/gif",
        (signal,),
        (View(signal.value, signal.quality, ViewKind.FRAME, number=3),),
        "cut",
        "note",
    )
    record = to_record(b"/a\n.zip", item)
    assert record["path"] == "/a\n.zip!/m\\xff"
    assert (record["state"], record["reason"]) == ("not fully examined", "cut")
    assert record["signals"]["pdq"] == "ab" * 32
    assert record["signals"]["md5"] is None
    assert record["pdq_quality"] == 77
    assert record["frames"] == [{"frame": 3, "pdq": "ab" * 32, "pdq_quality": 77}]


def a_video(reason: str = "") -> Examination:
    tracks = (0, 1, track_of(0, Turn.MIRROR), 0)
    hashes = [bytes([n]) * 32 for n in range(4)]
    sequence = FrameSequence.of((0, 0, 0, 1040), tracks, (90, 91, 92, 93), hashes)
    return Examination("", 9, "video/mp4", (), reason=reason, sequence=sequence.pack())


def test_of_a_video_the_upright_full_frames_are_shown():
    assert to_record(b"a", a_video())["frames"] == [
        {"time": 0.0, "pdq": "00" * 32, "pdq_quality": 90},
        {"time": 1.04, "pdq": "03" * 32, "pdq_quality": 93},
    ]


@pytest.mark.parametrize(("reason", "code"), [("", 0), ("cut off", 2)])
def test_a_vpdq_file_of_one_video(run, monkeypatch: pytest.MonkeyPatch, reason: str, code: int):
    monkeypatch.setattr(module, "hash_files", lambda *_: [(b"a", a_video(reason))])
    result = run("hash", "--vpdq", "a", code=code)
    assert result.stdout == f"0,90,{'00' * 32},0.000\n1,93,{'03' * 32},1.040\n"
    assert reason in result.stderr


def test_every_frame_of_a_video_is_examined_not_its_keyframes_alone(run, tmp_path: Path):
    content = encode(wander(3, 60), g="250", sc_threshold="0")
    (tmp_path / "a.mp4").write_bytes(content)
    every = hash_video(io.BytesIO(content), Limits(), effort="every", beat=lambda: None)
    frames = FrameSequence.unpack(every.sequence).track(Area.FULL)
    assert len(frames) > 4
    assert run("hash", "--vpdq", "a.mp4").stdout == to_text(frames)
    shown = json.loads(run("hash", "--json", "a.mp4").stdout)["frames"]
    assert [frame["time"] for frame in shown] == (frames.records["time"] / 1000).tolist()


def test_what_is_not_one_video_gives_no_vpdq_file(run, tmp_path: Path):
    (tmp_path / "notes").write_text("text")
    with pytest.raises(UsageError, match="has no frames of a video"):
        run("hash", "--vpdq", "notes")
    with pytest.raises(UsageError, match=r"no frames of a video \(vanished"):
        run("hash", "--vpdq", "gone")
    for files in ((".",), ("notes", "notes")):
        with pytest.raises(UsageError, match="name one video"):
            run("hash", "--vpdq", *files)
