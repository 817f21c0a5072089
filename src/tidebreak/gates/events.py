"""What a gate tells its operator: one event per line, without any identifier of content.

Metadata of a torrent is told of one by one. Announces, of which there are thousands a second, are
only counted (`tidebreak.gates.status`). The place of an event is what the operator's own software
calls it; what may be an identifier in it, as in ``INFOHASH.torrent``, is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from tidebreak.gates.policy import Action
from tidebreak.locators import without

_LEFT_OUT = "\u2026"

# More than what nothing keeps (`tidebreak.locators`): what is left of one that was cut, too.
_CUT = re.compile(r"[0-9A-Fa-f]{16,}|(?:%[0-9A-Fa-f]{2}){8,}")


class EventKind(StrEnum):
    """What happened."""

    START = "start"
    """The gate works from now on, by the policy that ``why`` states."""
    STOP = "stop"
    HIT = "hit"
    """Something known: ``action`` says what became of it."""
    HELD = "held"
    """Not known, yet not let through either; ``why`` says so."""
    LET_THROUGH = "let through"
    """It could not be told, and the policy is open."""
    RELEASED = "released"
    """What waited for an answer goes on."""
    OVERRULED = "overruled"
    """A person decided that something may run; the gate leaves it alone from now on."""
    RECHECKED = "rechecked"
    """What a tracker may serve was asked about anew; ``why`` has the counts."""
    FAILING = "failing"
    """No answers from now on; ``why`` says what the policy does meanwhile."""
    RECOVERED = "recovered"
    """Answers come again; or the client that is steered does, then ``why`` says so."""
    WARNING = "warning"
    """The gate cannot do all that it should; ``why`` says what to do."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened at a gate; ``place`` is the name that the operator knows it by."""

    kind: EventKind
    time: datetime
    why: str = ""
    place: str = ""
    action: Action | None = None
    version: str = ""

    def as_json(self) -> str:
        """Return the event as one line of JSON, without what is empty."""
        record = {
            "event": self.kind.value,
            "time": self.time.isoformat(timespec="milliseconds"),
            "why": self.why,
            "place": self.place,
            "action": self.action and self.action.value,
            "list_version": self.version,
        }
        return json.dumps({k: v for k, v in record.items() if v}, ensure_ascii=False)


OnEvent = Callable[[Event], None]


def event(
    kind: EventKind, why: str = "", place: str = "", action: Action | None = None, version: str = ""
) -> Event:
    """Return an event of now, from whose texts what may be an identifier is left out."""
    return Event(kind, datetime.now(UTC), redacted(why), redacted(place), action, version)


def redacted(text: str) -> str:
    """Return ``text`` without what may be an identifier, or a part of one."""
    return _CUT.sub(_LEFT_OUT, without(text))
