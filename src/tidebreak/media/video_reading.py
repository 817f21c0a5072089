"""One pass over a video: its frames in the order of display, and what could not be shown.

FFmpeg's libraries do the work, through PyAV: one thread, no protocols, a closed list of container
formats, no external references. Everything that is in the file is decoded, also what an edit list
hides from players.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from tidebreak.media.reasons import joined, told
from tidebreak.media.video_clock import Clock
from tidebreak.settings import Limits

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Mode = Literal["keyframes", "dense", "every"]
"""Keyframes, at most one a second; all frames that others are built on; or simply all."""

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,ivf,rm,dv,mxf,nut,"
    "h264,hevc,m4v,mjpeg,yuv4mpegpipe,gif,apng"
)
_OPTIONS = {
    "format_whitelist": _FORMATS,
    "protocol_whitelist": "none",
    "ignore_editlist": "1",
}
_BUFFER = 1 << 18

_SKIPS = {"keyframes": "NONKEY", "dense": "NONREF", "every": "DEFAULT"}
_KEYFRAME_SECONDS = 0.9
_ENCRYPTED = ("encv", "drmi", "drms")


class CannotOpen(Exception):
    """There is nothing to decode; the text says why."""


@dataclass(slots=True)
class Stream:
    """A stream of pictures while it is read; times of a second one begin where the first ends."""

    source: VideoStream
    clock: Clock
    offset_ms: int
    damaged: int = 0
    latest: float | None = None


@dataclass(slots=True)
class Reading:
    """A video that is open for one pass. Iterate `frames`, then ask for `reason`."""

    container: InputContainer
    mode: Mode
    limits: Limits
    beat: Callable[[], None]
    streams: list[Stream] = field(default_factory=list[Stream])
    reasons: list[str] = field(default_factory=list[str])
    ended_ms: int = 0

    def frames(self) -> Iterator[tuple[int, VideoFrame]]:
        """Yield each frame with its time in ms; what goes wrong is remembered, not raised."""
        from av.error import FFmpegError

        by_index = {stream.source.index: stream for stream in self.streams}
        deadline = time.monotonic() + self.limits.video_seconds
        try:
            for packet in self.container.demux([stream.source for stream in self.streams]):
                self.beat()
                if time.monotonic() > deadline:
                    if not self._hurry():
                        return
                    deadline += self.limits.video_seconds
                yield from self._decoded(by_index[packet.stream_index], packet)
        except MemoryError:
            raise
        except FFmpegError as error:
            self.reasons.append(f"cannot be read after {_clock(self.ended_ms)}: {told(error)}")

    @property
    def reason(self) -> str:
        """Why not all of it was shown; empty when all was."""
        damaged = sum(stream.damaged for stream in self.streams)
        parts = (
            [f"damaged: {damaged:,} frames or parts of frames cannot be decoded"] if damaged else []
        )
        return joined(*self.reasons, *parts)

    def _decoded(self, stream: Stream, packet: Packet[Any]) -> Iterator[tuple[int, VideoFrame]]:
        from av.error import EOFError as EndOfFile
        from av.error import FFmpegError

        if self.mode == "keyframes" and not self._is_due(stream, packet):
            return
        stream.damaged += packet.is_corrupt
        try:
            shown = packet.decode()
        except MemoryError:
            raise
        except EndOfFile:
            return
        except FFmpegError:
            stream.damaged += 1
            return
        for frame in shown:
            stream.damaged += frame.is_corrupt
            self.ended_ms = stream.offset_ms + stream.clock.ms(frame.pts)
            yield self.ended_ms, frame

    def _is_due(self, stream: Stream, packet: Packet[Any]) -> bool:
        """Whether ``packet`` is a keyframe a second after the last one, or the end."""
        if not packet.size:
            return True
        if not packet.is_keyframe:
            return False
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return True
        seconds = float(stamp * packet.time_base)
        if stream.latest is not None and 0 <= seconds - stream.latest < _KEYFRAME_SECONDS:
            return False
        stream.latest = seconds
        return True

    def _hurry(self) -> bool:
        """Go on with keyframes when time is up; False when it was up before."""
        at = _clock(self.ended_ms)
        if self.mode == "keyframes":
            self.reasons.append(f"took too long: not examined after {at}")
            return False
        self.reasons.append(f"took too long: only keyframes were examined after {at}")
        self.mode = "keyframes"
        return True


def open_video(file: BinaryIO, limits: Limits, mode: Mode, beat: Callable[[], None]) -> Reading:
    """Open a video; raises `CannotOpen`."""
    import av
    from av.error import FFmpegError

    try:
        container = av.open(
            file, "r", options=_OPTIONS, buffer_size=_BUFFER, metadata_errors="replace"
        )
    except FFmpegError as error:
        raise CannotOpen(f"no decoder takes it: {_said(error)}") from None
    reading = Reading(container, mode, limits, beat)
    step_ms = int((container.duration or 0) / 1000)
    for source in container.streams.video:
        problem = _problem(source, limits)
        if problem:
            reading.reasons.append(problem)
            continue
        _set_up(source, mode)
        clock = Clock(source.time_base, source.average_rate)
        reading.streams.append(Stream(source, clock, len(reading.streams) * step_ms))
    return reading


def _set_up(source: VideoStream, mode: Mode) -> None:
    context = source.codec_context
    context.thread_count, context.thread_type = 1, "NONE"  # type: ignore[assignment]
    context.skip_frame = _SKIPS[mode]  # type: ignore[assignment]
    if mode == "dense":
        # Costs four bits at most, and never adds up: nothing that lasts is built on these.
        context.options = {"skip_loop_filter": "bidir"}


def _problem(source: VideoStream, limits: Limits) -> str:
    """Return why a stream cannot be shown, empty when it can."""
    context: Any = source.codec_context
    if context is None:
        return "pictures in a coding that no decoder takes"
    if source.codec_tag in _ENCRYPTED:
        return "encrypted, so its pictures cannot be examined"
    if context.width * context.height > limits.frame_pixels:
        most = f"the limit of {limits.frame_pixels} pixels per frame"
        return f"{context.width} × {context.height} pixels are above {most}"
    return ""


def _said(error: Exception) -> str:
    return told(Exception(getattr(error, "strerror", "") or str(error)))


def _clock(ms: int) -> str:
    """Return a time as people write it: ``1:02:03`` or ``2:03``."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
