from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidebreak.cli.watch import line
from tidebreak.errors import UsageError
from tidebreak.model import Level, ListKind, Match, Verdict
from tidebreak.watch.events import Event, EventKind, Phase

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event(EventKind.START, "a", NOW), "a  start"),
        (Event(EventKind.CONNECTED, "a", NOW, 1.26, reason="h264"), "a  connected  1.3 s  h264"),
        (
            Event(EventKind.RECONNECT, "a", NOW, 2.0, reason="it ended", wait=0.5),
            "a  reconnect  2.0 s  it ended; again in 0.5 s",
        ),
        (Event(EventKind.NOT_EXAMINED, "a", NOW, 1, 2, reason="x"), "not examined  1.0-2.0 s  x"),
        (Event(EventKind.STOP, "a", NOW, reason="stopped", count=1234), "stop  1,234 stopped"),
        (Event(EventKind.START, "\x1b[2J", NOW), r"\x1b[2J  start"),
    ],
)
def test_an_event_is_one_line(event: Event, said: str):
    assert line(event).endswith(said)
    assert line(event)[2] == ":"


def test_a_match_says_what_it_is_and_why():
    match = Match("list", "", ListKind.WATCH, "7", "", "", Level.NEAR, "pdq", 3, reason="alike")
    event = Event(EventKind.MATCH, "a", NOW, 1, 2, phase=Phase.BEGIN, sighting=1,
                  verdict=Verdict(Level.NEAR, (match,)))  # fmt: skip
    assert line(event).endswith("[red]near[/] begin  1.0-2.0 s  list, 7: alike")


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b" \n", "is empty")])
def test_a_secret_that_is_none(run, tmp_path: Path, content: bytes | None, said: str):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    run("init")
    with pytest.raises(UsageError, match=said):
        run("watch", "-", "--webhook-secret", path)
