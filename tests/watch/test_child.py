from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

import pytest

from tidebreak.watch.child import Child
from tidebreak.watch.notes import Kind, Malformed, Note

BODIES = {
    "speaks": "channel.send(channel.recv(99) and NOTE)",
    "lies": "channel.recv(99); channel.send(b'nonsense')",
    "fails": "sys.exit('what\\nwent wrong')",
    "hangs": "time.sleep(60)",
    "is given": "channel.recv(99); os.write(socket.recv_fds(channel, 99, 1)[1][0], b'got it')",
    "runs out": "os._exit(86)",
}


@pytest.fixture
def started(tmp_path: Path, monkeypatch):
    """Start a process that does one of `BODIES`."""
    package = tmp_path / "kinds"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("tidebreak.watch.child._PACKAGES", ("kinds",))
    note = Note(Kind.PROGRESS, 1, 2, 3).pack()

    def start(what: str) -> Child:
        (package / "one.py").write_text(
            f"import os, socket, sys, time\nNOTE = {note!r}\n"
            "def main():\n"
            "    channel = socket.socket(fileno=int(sys.argv[1]))\n"
            f"    {BODIES[what]}\n"
        )
        return Child("kinds.one", {"a": 1})

    return start


def wait(child: Child) -> None:
    assert select.select([child], [], [], 20)[0]


def test_what_it_says_arrives_and_then_that_it_is_gone(started):
    child = started("speaks")
    assert child.receive() == []
    wait(child)
    assert child.receive() == [Note(Kind.PROGRESS, 1, 2, 3)]
    wait(child)
    assert child.receive() is None
    assert child.close() == ""


def test_nonsense_is_refused(started):
    child = started("lies")
    wait(child)
    with pytest.raises(Malformed):
        child.receive()
    child.close()


@pytest.mark.parametrize(
    ("what", "how"),
    [
        ("fails", "ended unexpectedly (exit code 1): went wrong"),
        ("runs out", "ran out of memory"),
    ],
)
def test_how_it_ended(started, what: str, how: str):
    child = started(what)
    wait(child)
    assert child.close() == how


def test_it_is_said_when_something_else_killed_it(started):
    child = started("hangs")
    os.kill(child.pid, signal.SIGKILL)
    wait(child)
    assert child.receive() is None
    assert child.close() == "was killed (signal 9)"


def test_one_that_hangs_is_gone_at_once(started):
    child = started("hangs")
    began = time.monotonic()
    assert child.close(at_once=True) == ""
    assert time.monotonic() - began < 2
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_descriptor_is_passed_on(started):
    child = started("is given")
    reading, writing = os.pipe()
    child.give(writing, {})
    os.close(writing)
    assert os.read(reading, 99) == b"got it"
    os.close(reading)
    child.close()
