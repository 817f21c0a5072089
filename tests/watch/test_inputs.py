from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from tidebreak.watch.inputs import Input
from tidebreak.watch.notes import Malformed
from tidebreak.watch.sources import sources_of


def opened(address: str) -> Input:
    return Input(sources_of([address])[0])


def test_a_file_is_followed_and_never_hurried(tmp_path: Path):
    path = tmp_path / "a.ts"
    path.write_bytes(b"abc")
    found = opened(str(path))
    assert (found.manner.follow, found.manner.live, found.child) == (True, False, None)
    fd = found.take()
    assert os.read(fd, 9) == b"abc"
    os.close(fd)
    assert found.close() == ""


@pytest.mark.parametrize("what", ["gone", "a folder", "a pipe"])
def test_what_cannot_be_followed(tmp_path: Path, what: str):
    (tmp_path / "a folder").mkdir()
    os.mkfifo(tmp_path / "a pipe")
    with pytest.raises(OSError, match=r"No such file|not a regular file"):
        opened(str(tmp_path / what))


def test_a_file_that_is_replaced_is_stale_after_a_while(tmp_path: Path):
    path = tmp_path / "a.ts"
    path.touch()
    found = opened(str(path))
    os.close(found.take())
    assert not found.is_stale(100)
    path.rename(tmp_path / "old")
    assert not found.is_stale(102)  # what is gone may come back
    path.touch()
    stale = [found.is_stale(104 + n) for n in range(6)]
    assert stale == [False, False, False, True, True, True]
    found.close()


def test_what_is_open_and_not_taken_is_closed(tmp_path: Path):
    (tmp_path / "a.ts").touch()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    opened(str(tmp_path / "a.ts")).close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_receiver_says_why_it_ended():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = opened(f"rtmp://user:secret@127.0.0.1:{port}/live/x")
    assert (found.manner.follow, found.manner.live, found.manner.form) == (False, True, "nut")
    fd = found.take()
    assert os.read(fd, 9) == b""  # waits for the receiver to end
    os.close(fd)
    assert found.close() == "Connection refused"


def test_a_receiver_that_was_killed_is_said_to_have_been():
    found = opened("udp://127.0.0.1:0001")
    fd = found.take()
    found.kill()
    assert os.read(fd, 9) == b""
    os.close(fd)
    time.sleep(0.1)
    assert found.close() == "the receiving process was killed (signal 9)"


@pytest.mark.parametrize(
    ("address", "form", "patience"),
    [("udp://h:1", "mpegts", 1), ("http://h/a.m3u8", "nut", 4), ("-", "", 1)],
)
def test_the_manner_of_reading(address: str, form: str, patience: float):
    found = opened(address)
    assert (found.manner.form, found.manner.patience) == (form, patience)
    found.kill()
    found.close()


def test_a_receiver_that_says_nonsense_at_the_end_is_closed_all_the_same(monkeypatch):
    found = opened("udp://127.0.0.1:0001")
    os.close(found.take())
    real = found.child.receive

    def receive() -> None:
        found.child.receive = real
        raise Malformed("nonsense")

    monkeypatch.setattr(found.child, "receive", receive)
    assert found.close() == ""
