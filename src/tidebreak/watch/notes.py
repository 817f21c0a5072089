"""What the receiver and the decoder of a stream say to the process that watches.

One Unix socket pair of type SEQPACKET each. A decoder has parsed hostile bytes and may say
anything: every length, range and text is checked here, and what does not fit is `Malformed`.
Times are milliseconds since the watch began. Integers are little-endian.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from tidebreak.errors import BadSignal
from tidebreak.hashing.frames import FRAME, FrameSequence
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import View
from tidebreak.packed_views import RECORD, pack_views, unpack_views

PACKET = 1 << 16
"""Largest note in bytes."""
MOST_FRAMES = MOST_VIEWS = 1000
_MOST_TEXT = 4000
_LATEST_MS = 1 << 62
_HEAD = struct.Struct("<BqqI")


class Malformed(Exception):
    """A process said what no honest one says."""


class Kind(IntEnum):
    """What a note means; what its start, end, count and text are."""

    READY = 1
    """Locked down. Text: the posture as JSON."""
    OPENED = 2
    """A picture came out. Start: its time. Text: codec and size."""
    FRAMES = 3
    """Hashes. Start: what their times count from. Count, records: of `hashing.frames`."""
    VIEWS = 9
    """One frame from all sides. Start: its time. Count, records: of `packed_views`."""
    PROGRESS = 4
    """Count frames were decoded, those from start to end."""
    MISSED = 5
    """From start to end nothing could be examined, or not all. Text: why."""
    REDUCED = 6
    """From start on less is examined, to keep up; to end, where it is over. Text: what."""
    LOST = 7
    """Count datagrams were lost between start and end: this machine was too slow."""
    ENDED = 8
    """The connection is over. Text: why, where it is known."""


@dataclass(frozen=True, slots=True)
class Note:
    """One thing said; what the fields mean is its kind's affair."""

    kind: Kind
    start: int = 0
    end: int = 0
    count: int = 0
    text: str = ""
    records: bytes = b""

    def pack(self) -> bytes:
        """Return the note as one packet; a text that is too long is cut."""
        head = _HEAD.pack(self.kind, self.start, self.end, self.count)
        return head + (self.records or _clip(self.text))


def unpack(packet: bytes) -> Note:
    """Return the note in ``packet``; raises `Malformed`."""
    try:
        kind, start, end, count = _HEAD.unpack_from(packet)
        kind = Kind(kind)
    except (struct.error, ValueError):
        raise Malformed("a note with a bad header") from None
    if not 0 <= start <= _LATEST_MS or not 0 <= end <= _LATEST_MS:
        raise Malformed("a time that cannot be")
    body = packet[_HEAD.size :]
    if kind in (Kind.FRAMES, Kind.VIEWS):
        _check(kind, body, count)
        return Note(kind, start, end, count, records=body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("a text that is not UTF-8") from None
    if len(body) > _MOST_TEXT or not text.isprintable():
        raise Malformed("a text that cannot be shown")
    return Note(kind, start, end, count, text)


def frames_note(base_ms: int, frames: FrameSequence) -> Note:
    """Return the note that carries ``frames``, whose times count from ``base_ms``."""
    return Note(Kind.FRAMES, base_ms, count=len(frames), records=frames.pack())


def views_note(time_ms: int, views: Sequence[View]) -> Note:
    """Return the note that carries the ``views`` of the frame at ``time_ms``."""
    sent = views[:MOST_VIEWS]
    return Note(Kind.VIEWS, time_ms, count=len(sent), records=pack_views(sent))


def posture_text(posture: Posture) -> str:
    """Return the text of a READY note."""
    rows = [[rung.name, rung.held, rung.detail] for rung in posture.rungs]
    return json.dumps(rows, ensure_ascii=False)


def posture_of(text: str) -> Posture:
    """Return the posture in a READY note; raises `Malformed`."""
    try:
        rows: Any = json.loads(text)
        rungs = tuple(Rung(name, held, detail) for name, held, detail in rows)
    except (ValueError, TypeError, RecursionError):
        raise Malformed("a posture that is none") from None
    return Posture(rungs)


def _check(kind: Kind, records: bytes, count: int) -> None:
    most, size = (MOST_FRAMES, FRAME.itemsize) if kind is Kind.FRAMES else (MOST_VIEWS, RECORD.size)
    if count > most or len(records) != count * size:
        raise Malformed("records of the wrong length")
    try:
        if kind is Kind.FRAMES:
            FrameSequence.unpack(records)
        else:
            unpack_views(records)
    except (BadSignal, ValueError) as error:
        raise Malformed(str(error)) from None


def _clip(text: str) -> bytes:
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.encode("utf-8", "replace")[:_MOST_TEXT].decode("utf-8", "ignore").encode()
