"""One pass over a video: its frames in the order of display, and what could not be shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from tidebreak.media.reasons import joined, told
from tidebreak.media.video_clock import LAST_MS, Clock
from tidebreak.settings import Limits

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

Mode = Literal["keyframes", "dense", "every"]
"""Keyframes, at most one a second; all frames that others are built on; or simply all."""

_KEYFRAME_SECONDS = 0.9
_SPARSE_MS = 10_000
_CUT_MS, _CUT_SHARE = 1500, 0.02
"""By how much a video may be shorter than it says before it counts as cut off."""


@dataclass(slots=True)
class Stream:
    """A stream of pictures while it is read.

    ``offset_ms``: the times of a second stream begin where the first one ends. ``stated_ms`` is
    how long it says that it is, 0 for nothing. ``damaged`` counts packets and frames.
    ``first`` and ``last`` are the ends of its packets' timestamps, in seconds.
    """

    source: VideoStream
    clock: Clock
    offset_ms: int
    stated_ms: int
    damaged: int = 0
    encrypted: bool = False
    first: float = inf
    last: float = -inf
    latest: float = -inf
    shown_ms: int = 0
    widest_gap_ms: int = 0

    def place(self, frame: VideoFrame) -> int:
        """Return the time of the next frame in ms."""
        shown_ms = self.clock.ms(frame.pts)
        self.widest_gap_ms = max(self.widest_gap_ms, shown_ms - self.shown_ms)
        self.shown_ms = shown_ms
        self.damaged += frame.is_corrupt
        return self.offset_ms + shown_ms

    def pass_by(self, packet: Packet[Any]) -> float:
        """Take note of a packet, whether it is decoded or not; return its time in seconds."""
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is None:
            return inf
        seconds = stamp * self.clock.unit_ms / 1000
        self.first, self.last = min(self.first, seconds), max(self.last, seconds)
        return seconds

    @property
    def length_ms(self) -> float:
        """From the first frame to the last, be it shown or passed by."""
        packets_ms = max(0.0, 1000 * (self.last - self.first))
        # Timestamps may lie; what is longer than the stream says is what was shown of it.
        return max(self.shown_ms, packets_ms if packets_ms <= self.stated_ms else 0)

    @property
    def is_cut_off(self) -> bool:
        """Whether it ends well before it should."""
        missing = self.stated_ms - self.length_ms
        return missing > max(_CUT_MS, self.clock.step_ms, _CUT_SHARE * self.stated_ms)


@dataclass(slots=True)
class Reading:
    """A video that is open for one pass. Iterate `frames`, then ask for `reason` and `note`."""

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
                stream = by_index[packet.stream.index]
                seconds = stream.pass_by(packet)
                if self.mode == "keyframes" and not _is_due(stream, packet, seconds):
                    continue
                for frame in _decoded(stream, packet):
                    self.ended_ms = stream.place(frame)
                    yield self.ended_ms, frame
        except MemoryError:
            raise
        except FFmpegError as error:
            self.reasons.append(f"cannot be read after {_clock(self.ended_ms)}: {told(error)}")
        self._note_ends()

    @property
    def reason(self) -> str:
        """Why not all of it was shown; empty when all was."""
        damaged = sum(stream.damaged for stream in self.streams)
        parts = [f"damaged: {damaged:,} frames or parts of frames cannot be decoded"]
        return joined(*self.reasons, *parts[: bool(damaged)])

    @property
    def note(self) -> str:
        """What is worth knowing of what was shown."""
        notes: list[str] = []
        if len(self.streams) > 1:
            notes.append(f"{len(self.streams)} streams of pictures, one after another")
        gap_ms = max((stream.widest_gap_ms for stream in self.streams), default=0)
        if self.mode == "keyframes" and gap_ms > _SPARSE_MS:
            notes.append(f"keyframes up to {gap_ms / 1000:.0f} s apart")
        return joined(*notes)

    @property
    def duration_ms(self) -> int:
        """How long all that was shown lasts, the last frame as long as those before it."""
        ends = [s.offset_ms + s.length_ms + s.clock.step_ms for s in self.streams if s.clock.begun]
        return min(round(max(ends, default=0)), LAST_MS)

    def _note_ends(self) -> None:
        """Note streams that are encrypted, or end before they should."""
        for stream in self.streams:
            if stream.encrypted:
                stream.damaged = 0
                self.reasons.append("encrypted, so its pictures cannot be examined")
            elif stream.is_cut_off:
                ends, stated = _clock(stream.length_ms), _clock(stream.stated_ms)
                self.reasons.append(f"cut off: ends at {ends} and says that it lasts {stated}")

    def _hurry(self) -> bool:
        """Go on with keyframes when time is up; False when it was up before."""
        at = _clock(self.ended_ms)
        if self.mode == "keyframes":
            self.reasons.append(f"took too long: not examined after {at}")
            return False
        self.reasons.append(f"took too long: only keyframes were examined after {at}")
        self.mode = "keyframes"
        return True


def _is_due(stream: Stream, packet: Packet[Any], seconds: float) -> bool:
    """Whether ``packet`` is a keyframe a second after the last one, or the end."""
    if not packet.size:
        return True
    if not packet.is_keyframe or 0 <= seconds - stream.latest < _KEYFRAME_SECONDS:
        return False
    stream.latest = seconds
    return True


def _decoded(stream: Stream, packet: Packet[Any]) -> list[VideoFrame]:
    """Return what comes out when ``packet`` goes in; none where that fails."""
    from av.error import EOFError as EndOfFile
    from av.error import FFmpegError

    stream.encrypted = stream.encrypted or packet.has_sidedata("encryption_info")
    if stream.encrypted:
        return []
    stream.damaged += packet.is_corrupt
    try:
        return packet.decode()
    except MemoryError:
        raise
    except EndOfFile:
        return []
    except FFmpegError:
        stream.damaged += 1
        return []


def _clock(ms: float) -> str:
    """Return a time as people write it: ``1:02:03`` or ``2:03``."""
    minutes, seconds = divmod(int(ms // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
