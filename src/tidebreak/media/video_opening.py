"""Open a video behind a guard: few containers, no protocols, one thread, every stream of pictures.

FFmpeg's libraries do the work, through PyAV (the extra ``[video]``). Nothing outside the file is
ever opened. What an edit list hides from players is decoded all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO

from tidebreak.media.reasons import told
from tidebreak.media.video_clock import Clock
from tidebreak.media.video_reading import Mode, Reading, Stream
from tidebreak.settings import Limits

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,ivf,rm,dv,mxf,nut,"
    "h264,hevc,m4v,mjpeg,yuv4mpegpipe,gif,apng"
)
_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "none", "ignore_editlist": "1"}
_BUFFER = 1 << 18

_PAUSE_MS = 1000
"""Time between one stream of pictures and the next, which are told one after another."""

_SKIPS = {"keyframes": "NONKEY", "dense": "NONREF", "every": "DEFAULT"}


class CannotOpen(Exception):
    """There is nothing to decode; the text says why."""


def open_video(file: BinaryIO, limits: Limits, mode: Mode, beat: Callable[[], None]) -> Reading:
    """Open a video for one pass, which closes it in the end; raises `CannotOpen`.

    Streams that cannot be shown are reasons of the reading. Raises ``ImportError`` without the
    extra.
    """
    import av

    container = _container(av.open, file)
    reading = Reading(container, mode, limits, beat)
    length_ms = _length_ms(container)
    for source in container.streams.video:
        problem = _problem(source, limits)
        if problem:
            reading.reasons.append(problem)
            continue
        _set_up(source, mode)
        clock = Clock(source.time_base, source.average_rate)
        offset_ms = len(reading.streams) * (length_ms + _PAUSE_MS)
        reading.streams.append(Stream(source, clock, offset_ms, _stated_ms(source, length_ms)))
    return reading


def _container(opener: Callable[..., InputContainer], file: BinaryIO) -> InputContainer:
    from av.error import FFmpegError, InvalidDataError

    try:
        return opener(file, "r", options=_OPTIONS, buffer_size=_BUFFER, metadata_errors="replace")
    except InvalidDataError:
        why = "damaged, cut off, or a container that no decoder takes"
        raise CannotOpen(f"the video cannot be opened: {why}") from None
    except MemoryError:
        raise
    except FFmpegError as error:
        why = told(Exception(error.strerror))
        raise CannotOpen(f"the video cannot be opened: {why}") from None


def _problem(source: VideoStream, limits: Limits) -> str:
    """Return why a stream cannot be shown, empty when it can."""
    context: Any = source.codec_context
    if context is None:
        return "pictures in a coding that no decoder takes"
    if context.width * context.height > limits.frame_pixels:
        most = f"the limit of {limits.frame_pixels} pixels per frame"
        return f"{context.width} × {context.height} pixels are above {most}"
    return ""


def _set_up(source: VideoStream, mode: Mode) -> None:
    context: Any = source.codec_context
    context.thread_count, context.thread_type = 1, "NONE"
    context.skip_frame = _SKIPS[mode]
    if mode == "dense":
        # Costs four bits at most, and never adds up: nothing that lasts is built on these frames.
        context.options = {"skip_loop_filter": "bidir"}


def _length_ms(container: InputContainer) -> int:
    """Return how long a file says that it is; 0 when it says nothing."""
    stated, begins = container.duration or 0, container.start_time or 0
    # What Matroska states may be the time at which it ends, whenever it begins.
    if "matroska" in container.format.name and 0 < begins < stated:
        stated -= begins
    return stated // 1000


def _stated_ms(source: VideoStream, length_ms: int) -> int:
    """Return how long a stream says that it is; 0 when it says nothing, or is one picture."""
    from av.stream import Disposition

    if source.disposition & Disposition.attached_pic:
        return 0
    if source.duration and source.time_base:
        return int(source.duration * source.time_base * 1000)
    return length_ms
