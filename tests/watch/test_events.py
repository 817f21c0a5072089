from __future__ import annotations

import json
from datetime import UTC, datetime

from tidebreak.model import Level, ListKind, Match, Verdict
from tidebreak.watch.events import Event, EventKind, Phase

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)
MATCH = Match("list", "", ListKind.CONTRABAND, "7", "", "", Level.NEAR, "vpdq", 3,
              ranges=((1.0, 2.0, 0.0, 1.0),))  # fmt: skip


def test_a_line_has_what_is_known_and_nothing_else():
    event = Event(EventKind.RECONNECT, "camera", NOW, 1.5, reason="it ended", wait=0.5)
    assert json.loads(event.as_json()) == {
        "event": "reconnect", "stream": "camera", "time": "2026-01-02T03:04:05.678+00:00",
        "start": 1.5, "reason": "it ended", "wait": 0.5,
    }  # fmt: skip
    assert not event.found


def test_a_match_carries_its_verdict_in_the_form_of_a_scan():
    verdict = Verdict(Level.NEAR, (MATCH,))
    event = Event(EventKind.MATCH, "ö", NOW, 1.0, 2.0, phase=Phase.BEGIN, sighting=1,
                  verdict=verdict)  # fmt: skip
    record = json.loads(event.as_json())
    assert (record["phase"], record["sighting"], record["stream"]) == ("begin", 1, "ö")
    assert record["verdict"]["level"] == "near"
    assert record["verdict"]["matches"][0]["ranges"] == [[1.0, 2.0, 0.0, 1.0]]
    assert "\n" not in event.as_json()
    assert event.found
