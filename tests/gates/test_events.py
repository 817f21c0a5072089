from __future__ import annotations

import json
from datetime import UTC, datetime

from tidebreak.gates.events import Event, EventKind, event
from tidebreak.gates.policy import Action


def test_an_event_is_one_line_without_what_is_empty():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    line = Event(EventKind.HIT, moment, "why\nso", "n\u00e4me", Action.HOLD, "7").as_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "event": "hit",
        "time": "2026-01-02T03:04:05.000+00:00",
        "why": "why\nso",
        "place": "n\u00e4me",
        "action": "hold",
        "list_version": "7",
    }
    assert set(json.loads(event(EventKind.STOP).as_json())) == {"event", "time"}
