from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.media.moving import encode, wander

from tidebreak.hashing.frames import Area, FrameSequence, track_of
from tidebreak.hashing.pdq import pdq_grey
from tidebreak.media.video import Effort, VideoResult, effort_for, hash_video
from tidebreak.model import Depth, Turn
from tidebreak.settings import Limits

PICTURES = list(wander(1, 30, 144, 176))
CLIP = encode(PICTURES)


def hashed(data: bytes, effort: Effort = "every", limits: Limits | None = None) -> VideoResult:
    return hash_video(io.BytesIO(data), limits or Limits(), effort=effort, beat=lambda: None)


def distance(a: bytes, b: bytes) -> int:
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


@pytest.mark.parametrize(
    ("container", "codec", "pixels"),
    [
        ("mp4", "libx264", "yuv420p"), ("mov", "mjpeg", "yuvj420p"), ("3gp", "h263", "yuv420p"),
        ("matroska", "libx265", "yuv420p10le"), ("webm", "libvpx", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"), ("matroska", "libsvtav1", "yuv420p"),
        ("avi", "mpeg4", "yuv420p"), ("mpegts", "mpeg2video", "yuv420p"), ("flv", "flv", "yuv420p"),
        ("asf", "wmv2", "yuv420p"), ("avi", "rawvideo", "yuv420p"), ("nut", "rawvideo", "rgb24"),
        ("mpeg", "mpeg1video", "yuv420p"), ("mov", "prores_ks", "yuv422p10le"),
    ],
)  # fmt: skip
def test_frames_of_every_usual_format_have_the_hashes_of_their_pictures(
    container: str, codec: str, pixels: str
):
    options = {"preset": "12"} if codec == "libsvtav1" else {}
    if codec == "libx265":
        options = {"x265-params": "log-level=none"}
    result = hashed(encode(PICTURES, container, codec, pixels, **options))
    assert (result.reason, result.frames, result.trivial) == ("", 30, False)
    assert result.duration_ms in range(1160, 1241)
    records = FrameSequence.unpack(result.sequence).track(Area.FULL).records
    assert len(records) >= 10
    for record in records:
        picture = PICTURES[min(29, round(int(record["time"]) / 40))]
        assert (
            distance(record["hash"].tobytes(), pdq_grey(np.ascontiguousarray(picture)).value) <= 24
        )


def test_limited_range_does_not_cost_quality():
    dim = [picture // 2 + 60 for picture in PICTURES]
    full, limited = (
        FrameSequence.unpack(hashed(encode(dim, "mov", codec, pixels)).sequence).track(0).records
        for codec, pixels in (("mjpeg", "yuvj420p"), ("mpeg4", "yuv420p"))
    )
    assert 20 < full["quality"].mean() < 90
    assert abs(float(full["quality"].mean()) - float(limited["quality"].mean())) < 3


@pytest.mark.parametrize(
    ("effort", "name", "turns"),
    [
        ("keyframes", "video-1/keyframes", {Turn.NONE, Turn.MIRROR}),
        ("dense", "video-1/full", {Turn.NONE, Turn.MIRROR}),
        ("every", "video-1/full", {Turn.NONE, Turn.MIRROR}),
        ("deep", "video-1/full", set(Turn)),
        ("known", "video-1/full", {Turn.NONE}),
    ],
)
def test_each_effort_has_its_frames_and_turns(effort: Effort, name: str, turns: set[Turn]):
    result = hashed(CLIP, effort)
    tracks = FrameSequence.unpack(result.sequence).tracks
    assert result.preproc == name
    assert {Turn(track // 32) for track in tracks if track % 32 == Area.FULL} == turns
    if effort == "known":
        assert set(tracks) <= {track_of(Area.FULL), track_of(Area.CONTENT)}


def test_depth_sets_the_effort():
    def of(depth: Depth, *, full: bool = False, known: bool = False) -> Effort:
        return effort_for(depth, full=full, known=known)

    assert [of(depth) for depth in Depth] == ["keyframes", "dense", "deep"]
    assert [of(depth, full=True) for depth in Depth] == ["every", "every", "deep"]
    assert {of(depth, known=True) for depth in Depth} == {"known"}


def test_keyframes_are_a_part_of_all():
    every = FrameSequence.unpack(hashed(CLIP).sequence).track(0).records
    keys = FrameSequence.unpack(hashed(CLIP, "keyframes").sequence).track(0).records
    assert 0 < len(keys) < len(every)
    assert {r.tobytes() for r in keys} <= {r.tobytes() for r in every}


def test_sound_alone_is_examined_in_full():
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        stream = made.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    result = hashed(out.getvalue())
    assert (result.reason, result.sequence) == ("", b"")
    assert result.note == "no pictures in it, only sound"


def test_one_colour_is_trivial():
    assert hashed(encode([np.full((90, 120), 90, np.uint8)] * 5)).trivial


def test_a_long_video_keeps_less_and_says_so():
    whole, result = hashed(CLIP), hashed(CLIP, limits=Limits(video_frames=40))
    assert "bits of the last one were left out" in result.note
    assert (
        len(FrameSequence.unpack(result.sequence)) <= 40 < len(FrameSequence.unpack(whole.sequence))
    )
    assert hashed(CLIP, limits=Limits(video_frames=0)).sequence


def test_without_the_extra_the_reason_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "av", None)
    assert hashed(CLIP).reason == "video, which needs the extra [video]"


def test_running_out_of_memory_is_raised(monkeypatch: pytest.MonkeyPatch):
    def starved(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tidebreak.media.video.pixels_of", starved)
    with pytest.raises(MemoryError):
        hashed(CLIP)


SMALL = {
    name: encode(wander(1, 6, 64, 64), name, codec)
    for name, codec in (("mp4", "libx264"), ("avi", "mpeg4"), ("mpegts", "mpeg2video"))
}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SMALL)), st.data())
def test_no_damage_raises_or_goes_unsaid(name: str, data: st.DataObject):
    clip = bytearray(SMALL[name])
    for _ in range(data.draw(st.integers(1, 20))):
        clip[data.draw(st.integers(0, len(clip) - 1))] = data.draw(st.integers(0, 255))
    result = hashed(bytes(clip[: data.draw(st.integers(0, len(clip)))]))
    assert result.reason or result.frames or result.note
    FrameSequence.unpack(result.sequence)
