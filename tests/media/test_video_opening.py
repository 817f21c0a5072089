from __future__ import annotations

import io
from pathlib import Path

import pytest
from tests.media.moving import encode, wander

from tidebreak.media.video_opening import CannotOpen, open_video
from tidebreak.settings import Limits

PLAIN = encode(wander(1, 20))


def opened(data: bytes, limits: Limits | None = None):
    return open_video(io.BytesIO(data), limits or Limits(), "dense", lambda: None)


def test_every_stream_of_pictures_is_set_up_for_one_thread():
    with opened(PLAIN).container as container:
        (stream,) = container.streams.video
        assert stream.codec_context.thread_count == 1
        assert stream.codec_context.skip_frame == "NONREF"


def test_a_stream_knows_how_long_it_says_that_it_is():
    reading = opened(PLAIN)
    with reading.container:
        assert [stream.stated_ms for stream in reading.streams] == [800]


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\0\0\x18ftypmp42" + bytes(3000), PLAIN[:200], b"no video at all " * 100],
    ids=["empty", "zeros", "cut off", "text"],
)
def test_what_is_no_video_is_said_in_words(data: bytes):
    with pytest.raises(CannotOpen, match=r"cannot be opened: .*(damaged|End of file)"):
        opened(data)


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n{}",
    ],
)
def test_no_other_file_is_ever_opened(text: str, tmp_path: Path):
    path = tmp_path / "other.mp4"
    path.write_bytes(PLAIN)
    with pytest.raises(CannotOpen):
        opened(text.format(path).encode())


def test_a_frame_beyond_the_limit_is_a_reason_not_a_crash():
    reading = opened(PLAIN, Limits(frame_pixels=1000))
    with reading.container:
        assert reading.streams == []
        assert "320 × 180 pixels are above the limit of 1000" in reading.reason


def test_a_coding_that_nobody_knows_is_a_reason():
    reading = opened(PLAIN.replace(b"avc1", b"zzz1"))
    with reading.container:
        assert reading.streams == []
        assert reading.reason == "pictures in a coding that no decoder takes"
