"""From a video to its frame sequence: one result, never an error.

The decoding is ``video_reading``'s, the hashing `tidebreak.hashing.frame_tracks`'s; this says how
much is done at which depth, and puts what came of it into words. ``docs/video.md`` has the method.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

from tidebreak.hashing.frame_tracks import FrameTracks, Turns
from tidebreak.hashing.frames import AREAS, PRUNE_BITS, Area
from tidebreak.media.reasons import joined, told
from tidebreak.media.video_luma import pixels_of, turn_of
from tidebreak.media.video_opening import CannotOpen, open_video
from tidebreak.media.video_reading import Mode, Reading
from tidebreak.model import Depth, Turn
from tidebreak.settings import Limits

VERSION = "video-1"

NEEDS_EXTRA = "video, which needs the extra [video]"
NO_PICTURES = "no pictures in it, only sound"


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What a video gave: its packed frame sequence, or the reason why it gave none or not all.

    ``trivial`` means that every frame is of one colour, ``frames`` is how many were hashed.
    """

    sequence: bytes = b""
    duration_ms: int = 0
    reason: str = ""
    note: str = ""
    preproc: str = ""
    trivial: bool = False
    frames: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which frames are decoded, in which turns each area is hashed, and what that is called."""

    mode: Mode
    turns: Turns
    name: str = "full"


_STORED = {int(Area.FULL): (Turn.NONE,), int(Area.CONTENT): (Turn.NONE,)}
_MIRRORED = dict.fromkeys(range(AREAS), (Turn.NONE, Turn.MIRROR))
_TURNED = {**_MIRRORED, **dict.fromkeys(_STORED, tuple(Turn))}

Effort = Literal["keyframes", "dense", "every", "deep", "known"]
"""How a video is hashed: its keyframes; the frames that others are built on; every frame; that and
quarter turns; or every frame on those tracks alone that a list keeps."""

_PLANS: dict[Effort, _Plan] = {
    "keyframes": _Plan("keyframes", _MIRRORED, "keyframes"),
    "dense": _Plan("dense", _MIRRORED),
    "every": _Plan("every", _MIRRORED),
    "deep": _Plan("every", _TURNED),
    "known": _Plan("every", _STORED),
}


def effort_for(depth: Depth, *, full: bool, known: bool) -> Effort:
    """Return how a video is hashed at ``depth``; ``full`` refuses every fast path."""
    if known:
        return "known"
    if depth is Depth.DEEP:
        return "deep"
    if full:
        return "every"
    return "keyframes" if depth is Depth.FAST else "dense"


def hash_video(
    file: BinaryIO, limits: Limits, *, effort: Effort, beat: Callable[[], None]
) -> VideoResult:
    """Hash the frames of the video in ``file``, which can seek; ``beat`` is called as work goes on.

    Bad input gives a result with a reason. Only ``MemoryError`` is raised.
    """
    try:
        file.seek(0)
        result = _hash(file, limits, _PLANS[effort], beat)
        if effort == "keyframes" and not result.frames and not result.reason:
            file.seek(0)
            result = _hash(file, limits, _PLANS["dense"], beat)
    except ImportError:
        return VideoResult(reason=NEEDS_EXTRA)
    except CannotOpen as why:
        return VideoResult(reason=str(why))
    except MemoryError:
        raise
    except Exception as error:  # whatever a library may come up with on damaged input
        return VideoResult(reason=f"cannot be decoded: {told(error)}")
    return result


def _hash(file: BinaryIO, limits: Limits, plan: _Plan, beat: Callable[[], None]) -> VideoResult:
    reading = open_video(file, limits, plan.mode, beat)
    with reading.container:
        if not reading.streams:
            reason = reading.reason
            return VideoResult(reason=reason, note="" if reason else NO_PICTURES)
        result = VideoResult(preproc=f"{VERSION}/{plan.name}")
        tracks = FrameTracks(plan.turns, limits.video_frames)
        for time_ms, frame in reading.frames():
            pixels, contrast = pixels_of(frame)
            tracks.add(time_ms, pixels, contrast, turn_of(frame))
        return _told(result, reading, tracks)


def _told(result: VideoResult, reading: Reading, tracks: FrameTracks) -> VideoResult:
    """Return ``result`` with what the tracks hold and what the reading met."""
    sequence = tracks.finish()
    reason, notes = reading.reason, [reading.note]
    if not tracks.frames and not reason:
        reason = "none of its pictures can be decoded"
    if tracks.pruned_bits > PRUNE_BITS:
        notes.append(f"long: frames within {tracks.pruned_bits} bits of the last one were left out")
    return replace(
        result,
        sequence=sequence.pack(),
        duration_ms=reading.duration_ms,
        reason=reason,
        note=joined(*notes),
        trivial=bool(tracks.frames) and tracks.flat and not reason,
        frames=tracks.frames,
    )
