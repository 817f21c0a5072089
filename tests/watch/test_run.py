"""A watch over real streams with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tidebreak.errors import Busy
from tidebreak.watch.events import Event
from tidebreak.watch.recognition import Known
from tidebreak.watch.run import Watch


def collected(watch: Watch, until, most: float = 60.0) -> list[Event]:
    """The events of a watch, stopped after the one for which ``until`` holds."""
    timer = threading.Timer(most, watch.stop)
    timer.start()
    found = []
    for event in watch:
        found.append(event)
        if until(event):
            watch.stop()
    timer.cancel()
    return found


def kinds(events: list[Event]) -> list[str]:
    return [event.kind.value for event in events]


def children() -> list[int]:
    place = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in place.read_text().split()]


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_a_growing_file_is_followed_and_what_is_known_in_it_is_told(knowing, clips, tmp_path):
    path = tmp_path / "growing.ts"
    path.write_bytes((clips / "other.ts").read_bytes())
    watch = knowing.watch([str(path)], names=["camera"])
    grown = False

    def until(event: Event) -> bool:
        nonlocal grown
        if event.kind.value == "connected" and not grown:
            grown = True
            with path.open("ab") as stream:
                stream.write((clips / "known.ts").read_bytes())
        return event.found and event.verdict.level.value == "near"

    events = collected(watch, until)
    assert kinds(events)[0] == "start"
    assert "connected" in kinds(events)
    assert kinds(events)[-1] == "stop"
    phases = [event.phase.value for event in events if event.found]
    assert phases[0] == "begin"
    assert phases[-1] == "end"
    assert {event.stream for event in events} == {"camera"}
    assert not children()


def test_killed_processes_are_told_and_replaced(knowing, clips, tmp_path):
    path = tmp_path / "growing.ts"
    path.write_bytes((clips / "other.ts").read_bytes())
    killed = []

    def until(event: Event) -> bool:
        if event.kind.value == "connected":
            if killed:
                return True
            killed.extend(pid for pid in children() if "decoder" in name_of(pid))
            os.kill(killed[0], signal.SIGKILL)
        return False

    events = collected(knowing.watch([str(path)]), until)
    wanted = ["start", "connected", "not examined", "reconnect", "connected"]
    told = [event for event in events if "no picture" not in event.reason]
    assert kinds(told)[:5] == wanted
    assert "was killed (signal 9)" in told[2].reason


def test_a_killed_receiver_and_a_sender_that_comes_late(knowing, clips):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address, killed = f"udp://127.0.0.1:{port}", []
    sender = subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-re", "-stream_loop", "9", "-i", clips / "other.ts",
         "-c", "copy", "-f", "mpegts", address],
    )  # fmt: skip

    def until(event: Event) -> bool:
        if event.kind.value == "connected":
            if killed:
                return True
            killed.extend(pid for pid in children() if "receiver" in name_of(pid))
            os.kill(killed[0], signal.SIGKILL)
        return False

    events = collected(knowing.watch([address]), until)
    sender.kill()
    sender.wait()
    reconnect = next(event for event in events if event.kind.value == "reconnect")
    assert reconnect.reason == "the receiving process was killed (signal 9)"
    assert kinds(events).count("connected") == 2
    assert not children()


def test_another_thread_stops_it_at_once(knowing, tmp_path):
    (tmp_path / "a.ts").touch()
    watch = knowing.watch([str(tmp_path / "a.ts")])
    began = time.monotonic()
    threading.Timer(0.5, watch.stop).start()
    assert kinds(list(watch)) == ["start", "stop"]
    assert time.monotonic() - began < 5


def test_who_stops_listening_leaves_nothing_behind(knowing, tmp_path):
    (tmp_path / "a.ts").touch()
    events = iter(knowing.watch([str(tmp_path / "a.ts")]))
    assert next(events).kind.value == "start"
    events.close()
    assert not children()


def test_lists_are_read_again_and_somebody_publishing_is_waited_for(knowing, tmp_path, monkeypatch):
    (tmp_path / "a.ts").touch()
    watch = knowing.watch([str(tmp_path / "a.ts")])
    monkeypatch.setattr("tidebreak.watch.run._REFRESH_SECONDS", 0.0)
    asked = []

    def refresh(_known: Known) -> bool:
        asked.append(1)
        if len(asked) == 3:
            watch.stop()
        raise Busy("publishing")

    monkeypatch.setattr(Known, "refresh", refresh)
    assert kinds(list(watch)) == ["start", "stop"]
    assert len(asked) == 3


@pytest.mark.parametrize("secret", [b"", b"s"])
def test_events_go_to_the_webhook_too(knowing, tmp_path, secret):
    (tmp_path / "a.ts").touch()
    watch = knowing.watch([str(tmp_path / "a.ts")], webhook="http://127.0.0.1:9/", secret=secret)
    watch.stop()
    events = list(watch)
    assert kinds(events) == ["start", "stop", "undelivered"]
    assert events[-1].count == 2
