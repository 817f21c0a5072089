"""From a video to its frame sequence: one result, never an error.

The decoding is ``video_reading``'s, the hashing `tidebreak.hashing.frame_tracks`'s; this says how
much is done at which depth, and puts what came of it into words. ``docs/video.md`` has the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from tidebreak.hashing.frame_tracks import FrameTracks, Turns
from tidebreak.hashing.frames import AREAS, PRUNE_BITS, Area
from tidebreak.media.reasons import joined, told
from tidebreak.media.video_luma import pixels_of, turn_of
from tidebreak.media.video_reading import CannotOpen, Mode, Reading, open_video
from tidebreak.model import Turn
from tidebreak.settings import Limits

VERSION = "video-1"

NEEDS_EXTRA = "video, which needs the extra [video]"
NO_PICTURES = "no pictures in it, only sound"

_BOTH = (Turn.NONE, Turn.MIRROR)


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What a video gave: its packed frame sequence, or the reason why it gave none or not all.

    ``trivial`` means that every frame is of one colour. ``width`` and ``height`` are in pixels as
    stored, ``frames`` is how many were hashed.
    """

    sequence: bytes = b""
    duration_ms: int = 0
    width: int = 0
    height: int = 0
    content: str = ""
    reason: str = ""
    note: str = ""
    preproc: str = ""
    trivial: bool = False
    frames: int = 0


def hash_video(
    file: BinaryIO,
    size: int,
    limits: Limits,
    *,
    mode: Mode,
    beat: Callable[[], None],
    deep: bool = False,
) -> VideoResult:
    """Hash the frames of the video in ``file``, a seekable file of ``size`` bytes.

    ``mode`` says which frames; ``deep`` adds the quarter turns. ``beat`` is called as work goes
    on. Bad input gives a result with a reason. Only ``MemoryError`` is raised.
    """
    try:
        result = _hash(file, limits, mode, beat, deep=deep)
        if mode == "keyframes" and not result.frames and not result.reason:
            file.seek(0)
            result = _hash(file, limits, "dense", beat, deep=deep)
    except ImportError:
        return VideoResult(reason=NEEDS_EXTRA)
    except CannotOpen as why:
        return VideoResult(reason=str(why))
    except MemoryError:
        raise
    except Exception as error:  # whatever a library may come up with on damaged input
        return VideoResult(reason=f"cannot be decoded: {told(error)}")
    return result


def _hash(
    file: BinaryIO, limits: Limits, mode: Mode, beat: Callable[[], None], *, deep: bool
) -> VideoResult:
    reading = open_video(file, limits, mode, beat)
    with reading.container:
        if not reading.streams:
            reason = reading.reason
            return VideoResult(reason=reason, note="" if reason else NO_PICTURES)
        first = reading.streams[0].source
        result = VideoResult(
            width=first.width, height=first.height, preproc=f"{VERSION}/{_NAMES[mode]}"
        )
        tracks = FrameTracks(_turns(deep=deep), limits.video_frames)
        for time_ms, frame in reading.frames():
            pixels, contrast = pixels_of(frame)
            tracks.add(time_ms, pixels, contrast, turn_of(frame))
        return _told(result, reading, tracks)


_NAMES = {"keyframes": "keyframes", "dense": "full", "every": "full"}


def _turns(*, deep: bool) -> Turns:
    every = tuple(Turn) if deep else _BOTH
    return {area: every if area <= Area.CONTENT else _BOTH for area in range(AREAS)}


def _told(result: VideoResult, reading: Reading, tracks: FrameTracks) -> VideoResult:
    """Return ``result`` with what the tracks hold and what the reading met."""
    sequence = tracks.finish()
    reason, notes = reading.reason, [result.note]
    if not tracks.frames and not reason:
        reason = "none of its pictures can be decoded"
    if len(reading.streams) > 1:
        notes.append(f"{len(reading.streams)} streams of pictures, one after another")
    if tracks.pruned_bits > PRUNE_BITS:
        notes.append(f"long: frames within {tracks.pruned_bits} bits of the last one were left out")
    return replace(
        result,
        sequence=sequence.pack(),
        duration_ms=reading.ended_ms,
        reason=reason,
        note=joined(*notes),
        trivial=bool(tracks.frames) and tracks.flat and not reason,
        frames=tracks.frames,
    )
