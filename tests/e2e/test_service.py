"""``tidebreak serve`` in a process of its own: started, asked, told to stop."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.e2e.command import CommandLine
from tests.service.service_helper import digest
from tests.service.service_helper import signal as signal_of

CONFIG = """
[intake]
idle_seconds = 4.0
header_seconds = 1.0
grace_seconds = 10
"""


class Served:
    """The service, its log, and a key for it."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line
        file = line.place / "list.txt"
        file.write_text("".join(f"{digest(n)}\n" for n in range(10)))
        line("lists", "import", file, "--name", "l", "--kind", "contraband", "--format", "sha256")
        shown = line("access", "key", "add", "up", "--role", "platform", "--out", line.place / "k")
        assert digest(1).encode() not in shown.stdout
        self.key = (line.place / "k").read_text().split()[-1]
        (line.place / "home" / "service.toml").write_text(CONFIG)
        self.process = line.start("serve", "--port", 0)
        assert self.process.stderr is not None
        self.lines: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.wait_for(b"Tidebreak at")  # said last, when it is ready
        self.url = self._url(b"".join(self.lines))

    def _url(self, log: bytes) -> str:
        found = re.search(rb"http://127\.0\.0\.1:\d+", log)
        assert found, log
        return found[0].decode()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def wait_for(self, text: bytes) -> None:
        for _ in range(1200):
            if any(text in line for line in list(self.lines)):
                return
            assert self.process.poll() is None, b"".join(self.lines).decode()
            time.sleep(0.05)
        raise AssertionError(text)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    line = CommandLine(tmp_path_factory.mktemp("served"))
    line("init")
    made = Served(line)
    yield made
    made.stop()


@pytest.mark.slow
def test_whoever_is_too_slow_is_told_or_left(served: Served):
    silent = _connected(served)
    started = _unfinished(served, b"too slow")
    answer = started.recv(4096)
    assert b" 408 " in answer
    assert b"application/problem+json" in answer
    assert silent.recv(10) == b""
    for one in (silent, started):
        one.close()


@pytest.mark.slow
def test_no_request_is_dropped_or_wrong_while_lists_are_swapped(served: Served):
    end, wrong, asked = threading.Event(), list[object](), list[int]()

    def ask() -> None:
        body = {"items": [[signal_of(1)], [signal_of(99_999)]]}
        with served.client() as client:
            while not end.is_set():
                answer = client.post("/v1/match", json=body)
                levels = [one["level"] for one in answer.json().get("items", ())]
                asked.append(answer.status_code)
                if levels != ["exact", "none"]:
                    wrong.append((answer.status_code, levels))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in (1, 2):
            file = served.line.place / "more.txt"
            file.write_text("".join(f"{digest(1000 * number + n)}\n" for n in range(500)))
            name = ("--name", f"more {number}", "--kind", "contraband", "--format", "sha256")
            served.line("lists", "import", file, *name)
            assert _seconds_until(served, 1000 * number, "exact") < 5
            served.line("lists", "disable", f"more {number}")
            assert _seconds_until(served, 1000 * number, "none") < 5
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert len(asked) > 50


def _seconds_until(served: Served, number: int, level: str) -> float:
    begun = time.monotonic()
    with served.client() as client:
        while time.monotonic() - begun < 10:
            answer = client.post("/v1/match", json={"items": [[signal_of(number)]]})
            if answer.json()["items"][0]["level"] == level:
                break
            time.sleep(0.05)
    return time.monotonic() - begun


@pytest.mark.slow
def test_from_the_first_request_to_an_end_that_loses_nothing(served: Served):
    with served.client() as client:
        assert client.get("/readyz").status_code == 200
        body = {"items": [[signal_of(1)], [signal_of(99)]]}
        levels = [one["level"] for one in client.post("/v1/match", json=body).json()["items"]]
        assert levels == ["exact", "none"]
        files = {"file": ("x", b"harmless 1")}
        assert client.post("/v1/screen", files=files).json()["decision"]["action"] == "quarantine"
        assert client.get("/metrics").status_code == 403
        late = _unfinished(served, b"harmless 2")
        served.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            _until_refused(served)
        assert b'"exact"' in _finished(late, b"harmless 2")
    assert served.stop() == 0
    log = b"".join(served.lines)
    events = [json.loads(line) for line in served.lines if not line.startswith(b"Tidebreak at")]
    assert [one["event"] for one in events][-2:] == ["stopping", "stop"]
    assert {one["route"] for one in events if one["event"] == "request"} >= {
        "/readyz", "/v1/match", "/v1/screen", "/metrics",
    }  # fmt: skip
    for secret in (served.key.encode(), *(digest(n).encode() for n in (1, 2, 99))):
        assert secret not in log


def test_nothing_starts_below_the_sandbox_that_is_asked_for(installed: CommandLine):
    done = installed("serve", "--port", 0, expect=2, TIDEBREAK_SANDBOX_MINIMUM="5")
    assert b"sandbox" in done.stderr.lower()
    assert b"Traceback" not in done.stderr


def _connected(served: Served) -> socket.socket:
    host, port = served.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), 20)


def _unfinished(served: Served, content: bytes) -> socket.socket:
    """Begin to send ``content``, all but its last byte."""
    made = _connected(served)
    head = (
        f"POST /v1/screen HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.key}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    made.sendall(head.encode() + content[:-1])
    time.sleep(0.2)
    return made


def _finished(begun: socket.socket, content: bytes) -> bytes:
    begun.sendall(content[-1:])
    found = b""
    while part := begun.recv(65536):
        found += part
    begun.close()
    return found


def _until_refused(served: Served) -> None:
    for _ in range(100):
        with httpx.Client() as client:
            client.get(f"{served.url}/healthz")
        time.sleep(0.02)
