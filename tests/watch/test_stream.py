"""The states of a stream, with the notes of a decoder that is not there."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import Depth, Level, ListKind, Match
from tidebreak.settings import Settings
from tidebreak.watch import stream as module
from tidebreak.watch.events import Event
from tidebreak.watch.notes import Kind, Malformed, Note, posture_text
from tidebreak.watch.recognition import Known
from tidebreak.watch.sightings import Seen
from tidebreak.watch.sources import sources_of
from tidebreak.watch.stream import Setup, Stream


class Script:
    """Stands for a process: says what it is told to."""

    def __init__(self, *_: object) -> None:
        self.says: list[list[Note] | Exception | None] = []
        self.given: list[dict] = []
        self.closed = False

    def receive(self) -> list[Note] | None:
        said = self.says.pop(0) if self.says else []
        if isinstance(said, Exception):
            raise said
        return said

    def give(self, fd: int, told: dict) -> None:
        self.given.append(told)

    def kill(self) -> None:
        pass

    def close(self, *, at_once: bool = False) -> str:
        self.closed = True
        return "was killed (signal 9)"


@pytest.fixture
def stream(knowing, tmp_path: Path, monkeypatch) -> Stream:
    """A stream from a growing file."""
    monkeypatch.setattr(module, "Child", Script)
    path = tmp_path / "growing.ts"
    path.touch()
    setup = Setup(Settings(), Depth.STANDARD, epoch=0.0)
    return Stream(sources_of([str(path)])[0], setup, Known.of(knowing, None))


def told(events) -> list[tuple[str, float | None, str]]:
    return [(event.kind.value, event.start, event.reason) for event in events]


def say(stream: Stream, *notes: Note, now: float = 1.0) -> list[Event]:
    (decoder,) = stream.children()
    decoder.says.append(list(notes))
    return list(stream.hear(decoder, now))


def test_from_start_to_stop(stream: Stream):
    assert told(stream.start()) == [("start", None, "")]
    assert told(stream.tick(0.5)) == []
    assert told(say(stream, Note(Kind.OPENED, 900, text="h264 2x2"))) == [
        ("connected", 0.9, "h264 2x2")
    ]
    assert told(say(stream, Note(Kind.PROGRESS, 900, 1900, 25), now=2.0)) == []
    missed = Note(Kind.MISSED, 1000, 1500, text="why")
    assert [(e.start, e.end, e.reason) for e in say(stream, missed)] == [(1.0, 1.5, "why")]
    (end,) = stream.finish("stopped")
    assert (end.kind.value, end.count, end.reason) == ("stop", 25, "stopped")
    assert stream.over
    assert not stream.children()
    assert not list(stream.finish("again"))
    assert not list(stream.tick(9.0))


@pytest.mark.parametrize(
    ("why", "kinds"), [("", ["stop"]), ("cannot be decoded: x", ["not examined", "stop"])]
)
def test_standard_input_that_shows_nothing_is_not_taken_for_clear(
    knowing, monkeypatch, why: str, kinds: list[str]
):
    monkeypatch.setattr(module, "Child", Script)
    reading, writing = os.pipe()
    monkeypatch.setattr("os.dup", lambda fd: reading)
    setup = Setup(Settings(), Depth.STANDARD, epoch=0.0)
    stream = Stream(sources_of(["-"])[0], setup, Known.of(knowing, None))
    list(stream.tick(0.0))
    os.close(writing)
    events = say(stream, Note(Kind.ENDED, text=why))
    assert [event.kind.value for event in events] == kinds
    assert {event.reason for event in events} == {why or "it ended"}


def test_silence_is_said_once_and_again_when_it_comes_back(stream: Stream):
    list(stream.tick(0.0))
    assert told(stream.tick(4.0)) == []
    ((kind, start, reason),) = told(stream.tick(5.5))
    assert (kind, start) == ("not examined", 0.0)
    assert reason.startswith("no picture for 5 s; a video whose index comes last")
    assert told(stream.tick(7.0)) == []
    say(stream, Note(Kind.PROGRESS, 0, 8000, 1), now=8.0)
    assert told(stream.tick(13.5)) == [("not examined", 8.0, "no picture for 5 s")]


def test_a_decoder_that_dies_is_said_and_another_goes_on_where_it_was(stream: Stream):
    list(stream.tick(0.0))
    say(stream, Note(Kind.PROGRESS, 0, 3000, 75), now=3.0)
    (decoder,) = stream.children()
    decoder.says = [None]
    events = told(stream.hear(decoder, 3.5))
    assert [(kind, start) for kind, start, _ in events] == [
        ("not examined", 3.0), ("reconnect", 3.0),
    ]  # fmt: skip
    assert "was killed" in events[0][2]
    assert decoder.closed
    assert told(stream.tick(3.6)) == []
    list(stream.tick(4.1))
    (another,) = stream.children()
    assert another is not decoder
    assert stream._orders()["last_ms"] == 3000


def test_waits_grow_and_are_short_again_after_a_good_connection(stream: Stream):
    waits, now = [], 0.0
    for _ in range(9):
        list(stream.tick(now))
        (event,) = [e for e in say(stream, Note(Kind.ENDED), now=now) if e.wait]
        waits.append(event.wait)
        now += event.wait + 0.01
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    list(stream.tick(now))
    say(stream, Note(Kind.PROGRESS, 0, 1000, 25), now=now + 20)
    (event,) = say(stream, Note(Kind.ENDED), now=now + 20)
    assert event.wait == 0.5


@pytest.mark.parametrize(
    "notes",
    [
        [Note(Kind.LOST, count=1)],
        [Note(Kind.PROGRESS, 0, 5000, 1), Note(Kind.PROGRESS, 0, 100, 1)],
        [Note(Kind.FRAMES, 0, count=0, records=b"")],
        [Note(Kind.FRAMES, 1 << 50, count=1, records=bytes(38))],
        [Malformed("x")],
    ],
)
def test_a_decoder_that_lies_is_replaced(stream: Stream, notes: list):
    list(stream.tick(0.0))
    (decoder,) = stream.children()
    decoder.says = [notes[0] if isinstance(notes[0], Exception) else notes]
    events = told(stream.hear(decoder, 1.0))
    assert "nonsense" in events[0][2]
    assert decoder.closed


def test_a_decoder_that_is_not_locked_down_enough_stops_everything(stream: Stream):
    list(stream.tick(0.0))
    weak = Posture((Rung("process", held=True, detail=""), Rung("limits", held=False, detail="")))
    with pytest.raises(UsageError, match="sandbox level 1"):
        say(stream, Note(Kind.READY, text=posture_text(weak)))


def test_what_was_seen_ends_when_the_stream_goes_on_without_it(stream: Stream, monkeypatch):
    from tidebreak.model import Level, ListKind, Match
    from tidebreak.watch.sightings import Seen

    match = Match("l", "", ListKind.CONTRABAND, "e", "", "", Level.NEAR, "pdq", 3)
    list(stream.tick(0.0))
    monkeypatch.setattr(stream._recognition, "views", lambda ms, _: [Seen(match, ms, ms)])
    (begin,) = say(stream, Note(Kind.VIEWS, 1000))
    assert (begin.kind.value, begin.phase, begin.start) == ("match", "begin", 1.0)
    say(stream, Note(Kind.PROGRESS, 0, 5000, 1), now=5.0)
    assert not list(stream.tick(5.0))
    say(stream, Note(Kind.PROGRESS, 0, 7000, 1), now=7.0)
    (end,) = stream.tick(7.0)
    assert (end.phase, end.sighting, end.verdict.level) == ("end", 1, Level.NEAR)


def test_the_clock_of_events_is_that_of_the_world(stream: Stream):
    (event,) = stream.start()
    assert abs(event.time.timestamp() - time.time()) < 5
    assert event.time.utcoffset() is not None


def test_matches_that_there_was_no_room_for_are_said(stream: Stream):
    match = Match("list", "", ListKind.CONTRABAND, "", "", "", Level.NEAR, "pdq", 0)
    seen = [Seen(replace(match, entry=str(n)), 1000, 2000) for n in range(1003)]
    assert len(list(stream._seen(seen))) == 1000
    (event,) = stream.tick(2.5)
    assert (event.kind.value, event.start, event.end, event.count) == ("not examined", 1.0, 2.0, 3)
    assert "3 further entries" in event.reason
    assert not list(stream.tick(2.6))
