"""What was found out about one file or member, put together as an examination."""

from __future__ import annotations

from dataclasses import replace

from tidebreak.media.image import ImageResult
from tidebreak.media.intake import Digests, Whole
from tidebreak.media.reasons import joined
from tidebreak.media.signatures import EMPTY
from tidebreak.media.video import VideoResult
from tidebreak.model import Examination, Signal
from tidebreak.signals import SIGNAL_TYPES


def examination_of(member: str, whole: Whole, digests: Digests) -> Examination:
    """Return what is certain of any content before a decoder has seen it."""
    signals, trivial = digests
    return Examination(
        member,
        whole.size,
        whole.kind.content,
        signals,
        reason=joined(whole.reason, whole.kind.reason),
        note="empty" if whole.kind is EMPTY else "",
        trivial=trivial,
    )


def with_image(found: Examination, image: ImageResult) -> Examination:
    """Return ``found`` with what a picture gave."""
    near: tuple[Signal, ...] = ()
    if image.hash is not None:
        near = (Signal(SIGNAL_TYPES["pdq"], image.hash.value, image.hash.quality),)
    return replace(
        found,
        content=image.content or found.content,
        signals=found.signals + near,
        views=image.views + image.frames,
        reason=joined(found.reason, image.reason),
        note=joined(found.note, image.note),
        preproc=image.preproc,
        trivial=found.trivial or image.trivial,
    )


def with_video(found: Examination, video: VideoResult) -> Examination:
    """Return ``found`` with what a video gave."""
    return replace(
        found,
        sequence=video.sequence,
        duration_ms=video.duration_ms,
        reason=joined(found.reason, video.reason),
        note=joined(found.note, video.note),
        preproc=video.preproc,
        trivial=found.trivial or video.trivial,
    )


def because(found: Examination, reason: str) -> Examination:
    """Return ``found`` with a further reason why it is not complete."""
    return replace(found, reason=joined(found.reason, reason))
