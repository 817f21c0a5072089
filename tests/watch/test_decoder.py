"""The decoding process, in its sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from tidebreak.settings import Limits
from tidebreak.watch.child import Child
from tidebreak.watch.inputs import Manner
from tidebreak.watch.notes import Kind, Note, posture_of


@pytest.fixture
def decoder():
    told = {
        "limits": asdict(Limits()),
        "depth": "standard",
        "epoch": time.monotonic(),
        "last_ms": 0,
    }
    child = Child("tidebreak.watch.decoder", told)
    yield child
    with contextlib.suppress(OSError):  # some tests have closed it
        child.close(at_once=True)


def notes_until(child: Child, kind: Kind) -> list[Note]:
    found: list[Note] = []
    deadline = time.monotonic() + 60
    while not any(note.kind is kind for note in found):
        said = child.receive()
        assert said is not None
        found += said
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def give(child: Child, path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    child.give(fd, asdict(Manner(follow=False, live=False, patience=1.0, form="")))
    os.close(fd)


def test_it_decodes_one_connection_after_the_other_in_its_sandbox(decoder: Child, clips: Path):
    give(decoder, clips / "known.ts")
    give(decoder, clips / "other.ts")
    first = notes_until(decoder, Kind.ENDED)
    assert posture_of(first[0].text).level >= 2
    second = first if [n.kind for n in first].count(Kind.ENDED) > 1 else [
        *first, *notes_until(decoder, Kind.ENDED),
    ]  # fmt: skip
    assert sum(note.count for note in second if note.kind is Kind.PROGRESS) == 150
    assert {Kind.OPENED, Kind.FRAMES, Kind.VIEWS} <= {note.kind for note in second}


def test_it_ends_when_nobody_needs_it(decoder: Child):
    notes_until(decoder, Kind.READY)
    assert decoder.close() == ""


def test_kill_is_seen(decoder: Child):
    notes_until(decoder, Kind.READY)
    os.kill(decoder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while decoder.receive() is not None:
        assert time.monotonic() < deadline
