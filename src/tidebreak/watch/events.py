"""What a watch tells: one event per line, in the stable form of ``watch --json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tidebreak.model import Verdict


class EventKind(StrEnum):
    """What happened."""

    START = "start"
    """A stream is being watched from now on."""
    CONNECTED = "connected"
    """Pictures come out of it."""
    RECONNECT = "reconnect"
    """It broke off; it will be tried again after ``wait`` seconds."""
    NOT_EXAMINED = "not examined"
    """From ``start`` to ``end`` nothing, or not all, could be examined."""
    REDUCED = "reduced"
    """To keep up, less is examined from ``start`` on; when it is over, to ``end``."""
    MATCH = "match"
    """Something known is seen; ``phase`` says whether that begins, goes on or ends."""
    STOP = "stop"
    """A stream is no longer watched."""
    UNDELIVERED = "undelivered"
    """``count`` events could not be delivered to the webhook."""


class Phase(StrEnum):
    """Where a sighting stands."""

    BEGIN = "begin"
    UPDATE = "update"
    END = "end"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one stream.

    ``time`` is when it was noticed. ``start`` and ``end`` are seconds since the watch began, on
    the stream's own clock.
    ``sighting`` is the number that the events of one sighting share.
    """

    kind: EventKind
    stream: str
    time: datetime
    start: float | None = None
    end: float | None = None
    reason: str = ""
    wait: float | None = None
    count: int | None = None
    phase: Phase | None = None
    sighting: int | None = None
    verdict: Verdict | None = None

    @property
    def found(self) -> bool:
        """Whether this says that something known was seen."""
        return self.verdict is not None and self.verdict.level.found

    def record(self) -> dict[str, Any]:
        """Return the stable form, without what is not known."""
        record: dict[str, Any] = {
            "event": self.kind.value,
            "stream": self.stream,
            "time": self.time.isoformat(timespec="milliseconds"),
            "start": self.start,
            "end": self.end,
            "reason": self.reason or None,
            "wait": self.wait,
            "count": self.count,
            "phase": self.phase and self.phase.value,
            "sighting": self.sighting,
            "verdict": asdict(self.verdict) if self.verdict else None,
        }
        return {name: value for name, value in record.items() if value is not None}

    def as_json(self) -> str:
        """Return the event as one line of JSON."""
        return json.dumps(self.record(), ensure_ascii=False)
