"""One connection of a stream, from its first byte to its last: frames become signals.

Whatever happens in between, an interruption, garbage, another programme, is passed over and said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tidebreak.media.reasons import told
from tidebreak.media.video_luma import pixels_of, turn_of
from tidebreak.settings import Limits
from tidebreak.watch.clock import LEAST_GAP_MS, StreamClock
from tidebreak.watch.notes import Kind, Note
from tidebreak.watch.outbox import Outbox, Trouble
from tidebreak.watch.pace import WORDS, Effort, Pace
from tidebreak.watch.reading import Arriving
from tidebreak.watch.tracks import Tracks

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

_OPTIONS = {
    # Half a second is enough to find the pictures; a stream is not to be kept waiting.
    "analyzeduration": "500000",
    "probesize": "500000",
    "fpsprobesize": "3",
    "protocol_whitelist": "none",
    "format_whitelist": (
        "nut,mpegts,matroska,webm,flv,mov,mp4,m4a,3gp,3g2,mj2,mpeg,mpegvideo,ogg,ivf,mjpeg,mpjpeg,"
        "h264,hevc,m4v,avi,asf"
    ),
}
_BUFFER = 1 << 15

_SKIPS = {Effort.REFERENCES: "NONREF", Effort.KEYFRAMES: "NONKEY"}
_THIN_MS = 250
"""Time between frames that are hashed when not all are."""


class Decoding:
    """What stays over all connections of a stream: its time line, and what is still to be said."""

    def __init__(
        self,
        say: Callable[[Note], None],
        tracks: Tracks,
        limits: Limits,
        *,
        epoch: float,
        last_ms: int = 0,
    ) -> None:
        """``epoch`` is the moment of the monotonic clock from which times count.

        ``last_ms`` is where a decoder before this one came to.
        """
        self._say, self._tracks, self._epoch, self._limits = say, tracks, epoch, limits
        self._clock = StreamClock(last_ms)
        self._pace = Pace(time.monotonic(), live=False, patience=1, effort=Effort.EVERY_FRAME)
        self._outbox = Outbox(say)
        self._trouble = Trouble(say)
        self._hashed_ms = -_THIN_MS
        self._reduced_ms = 0

    def run(self, source: Arriving, pace: Pace, form: str) -> str:
        """Decode ``source`` to its end and return why it ended, empty when it simply did."""
        self._pace = pace
        reason, shown = "", 0
        while not source.ended:
            before = source.bytes
            self._clock.restart()
            try:
                pictures = self._one(source, form)
                shown += pictures
                reason = reason or ("" if pictures else "no pictures in it")
            except MemoryError:
                raise
            except Exception as error:  # whatever a library may come up with on damaged input
                reason = reason or f"cannot be decoded: {told(error)}"
                self._trouble.errors += 1
            if source.bytes == before and not source.ended:
                source.read()  # nothing was taken: go on behind what nobody understands
        self._trouble.finish()
        self._outbox.finish()
        return "" if shown else reason

    def idle(self) -> None:
        """All that has arrived was read: say all that waits."""
        now = time.monotonic()
        self._pace.drained(now)
        self._outbox.flush(now)

    def _one(self, source: Arriving, form: str) -> int:
        """Decode one programme, up to its end or to where it cannot be followed."""
        import av

        shown = 0
        with av.open(
            source, "r", format=form or None, options=_OPTIONS,
            buffer_size=_BUFFER, metadata_errors="replace",
        ) as container:  # fmt: skip
            video = container.streams.best("video")
            if not isinstance(video, av.VideoStream):
                return 0
            self._set_up(container, video)
            for packet in container.demux(video):
                for frame in self._decoded(packet):
                    self._take(video, frame, first=not shown)
                    shown += 1
                self._adapt(video)
        return shown

    def _set_up(self, container: InputContainer, video: VideoStream) -> None:
        video.codec_context.thread_count = 1
        video.codec_context.thread_type = "NONE"  # type: ignore[assignment]
        self._skip(video)
        more = len(container.streams.video) - 1
        if more:
            text = f"{more} further streams of pictures are not examined"
            self._say(Note(Kind.MISSED, self._now_ms(), self._now_ms(), text=text))

    def _decoded(self, packet: Packet[VideoStream]) -> Iterator[VideoFrame]:
        from av.error import EOFError as EndOfFile
        from av.error import FFmpegError

        self._trouble.errors += packet.is_corrupt
        try:
            yield from packet.decode()
        except MemoryError:
            raise
        except EndOfFile:
            return
        except FFmpegError:
            self._trouble.errors += 1

    def _take(self, video: VideoStream, frame: VideoFrame, *, first: bool) -> None:
        """Place a frame in time, say what is missing before it, and hash it."""
        stamp = None if frame.pts is None or frame.time_base is None else frame.time * 1000
        before = self._clock.last
        time_ms = self._clock.place(stamp, self._now_ms())
        if first:
            text = f"{video.codec_context.name} {frame.width}x{frame.height}"
            self._say(Note(Kind.OPENED, time_ms, text=text))
        if self._is_missing(before, time_ms, first=first):
            self._trouble.gap(before, time_ms)
        elif first:
            self._trouble.errors = 0  # whoever comes in the middle waits for a keyframe
        self._trouble.decoded(time_ms, damaged=frame.is_corrupt)
        self._outbox.progress(time_ms)
        thin = self._pace.effort > Effort.EVERY_FRAME
        if thin and time_ms - self._hashed_ms < _THIN_MS:
            return
        self._hashed_ms = time_ms
        if frame.width * frame.height > self._limits.frame_pixels:
            self._trouble.too_large(time_ms, frame.width, frame.height)
            return
        pixels, contrast = pixels_of(frame)
        self._outbox.add(time_ms, self._tracks.add(time_ms, pixels, contrast, turn_of(frame)))

    def _is_missing(self, before: int, time_ms: int, *, first: bool) -> bool:
        if first:
            return 0 < before < time_ms - LEAST_GAP_MS
        return self._clock.gap_before(time_ms, before) and self._pace.effort < Effort.KEYFRAMES

    def _adapt(self, video: VideoStream) -> None:
        now = time.monotonic()
        before = self._pace.effort
        if self._pace.adapt(now):
            self._skip(video)
            at = self._clock.last
            since = self._reduced_ms if before > Effort.EVERY_FRAME else at
            over = self._pace.effort is Effort.EVERY_FRAME
            self._reduced_ms = since
            self._say(Note(Kind.REDUCED, since, at if over else 0, text=WORDS[self._pace.effort]))
        self._outbox.flush_if_due(now)

    def _skip(self, video: VideoStream) -> None:
        skip = _SKIPS.get(self._pace.effort, "DEFAULT")
        video.codec_context.skip_frame = skip  # type: ignore[assignment]

    def _now_ms(self) -> int:
        return max(0, round((time.monotonic() - self._epoch) * 1000))
