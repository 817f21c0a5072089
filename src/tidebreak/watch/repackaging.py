"""Streams that FFmpeg's library receives: packets out of one container into another, undecoded."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tidebreak.watch.notes import Note
from tidebreak.watch.sources import Source

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer
    from av.packet import Packet

_OPEN_SECONDS, _READ_SECONDS = 15.0, 10.0
"""How long a sender may take to answer, and how long it may be silent."""

_WEB = "http,https,tls,tcp,crypto,data,httpproxy"
_PROTOCOLS = {
    "http": _WEB, "https": _WEB, "tcp": "tcp",
    "rtmp": "rtmp,tcp", "rtmps": "rtmps,tls,tcp",
    "rtmpt": "rtmpt,ffrtmphttp,http,tcp", "rtmpts": "rtmpts,ffrtmphttp,https,tls,tcp",
    "rtsp": "rtsp,rtp,udp,tcp", "rtsps": "rtsps,rtsp,rtp,srtp,tls,udp,tcp",
}  # fmt: skip
"""What an address may lead to: a playlist cannot name a file of this machine."""

_OPTIONS = {
    "analyzeduration": "500000",
    "probesize": "500000",
    "fpsprobesize": "3",
    "rtsp_flags": "prefer_tcp",
    "live_start_index": "-1",
}
_SMALL_ENOUGH = 480
"""Of several renditions of one programme, the smallest with so many rows is taken."""


class _Pipe:
    """What the writer of the container writes to."""

    name = ""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: Any) -> int:
        """Write all of ``data``."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        return len(data)


def relay(source: Source, pipe: int, say: Callable[[Note], None]) -> str:
    """Write the pictures of a stream to ``pipe`` until it ends; return why."""
    import av.logging
    from av.error import ExitError, FFmpegError

    av.logging.set_level(None)
    try:
        with av.open(
            source.address, "r", timeout=(_OPEN_SECONDS, _READ_SECONDS), metadata_errors="replace",
            options=_OPTIONS | {"protocol_whitelist": _PROTOCOLS[source.scheme]},
        ) as container:  # fmt: skip
            video = _chosen(container)
            if video is None:
                return "no pictures in it"
            _copy(container, video, pipe)
    except ExitError:
        return "nothing came any more"
    except FFmpegError as error:
        return error.strerror or "it broke off"  # without the address, which may be secret
    return "the sender ended it"


def _chosen(container: InputContainer) -> VideoStream | None:
    """Return the stream to take; the others are not even fetched."""
    from av import VideoStream
    from av.stream import Discard

    streams = container.streams.video
    if not streams:
        return None
    chosen = streams[0]
    if "hls" in container.format.name or "dash" in container.format.name:
        enough = [s for s in streams if s.height >= _SMALL_ENOUGH]
        chosen = (
            min(enough, key=lambda s: s.height) if enough else max(streams, key=lambda s: s.height)
        )
    else:
        best = container.streams.best("video")
        chosen = best if isinstance(best, VideoStream) else chosen
    for stream in container.streams:
        if stream.index != chosen.index:
            stream.discard = Discard.all
    return chosen


def _copy(container: InputContainer, video: VideoStream, pipe: int) -> None:
    import av

    with av.open(_Pipe(pipe), "w", format="nut", options={"flush_packets": "1"}) as output:
        copy = output.add_stream_from_template(video, opaque=True)
        stamps = Rising()
        for packet in container.demux(video):
            if packet.size:
                stamps.fit(packet)
                packet.stream = copy
                output.mux(packet)


class Rising:
    """Moves the timestamps of packets so that they never go back, as a container demands."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._shift = 0

    def fit(self, packet: Packet[VideoStream]) -> None:
        """Shift the timestamps of ``packet``; one without any comes right after the last.

        Such is the first keyframe of many a camera: without it, a second of pictures is lost.
        """
        after = 0 if self._last is None else self._last + 1
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            packet.pts = packet.dts = self._last = after
            return
        if stamp + self._shift < after and self._last is not None:
            self._shift = after - stamp
        moved = stamp + self._shift
        packet.pts = max(moved, (stamp if packet.pts is None else packet.pts) + self._shift)
        packet.dts = self._last = moved
