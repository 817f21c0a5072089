"""The receiving process as the kernel sees it."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from tidebreak.watch.child import Child
from tidebreak.watch.notes import Kind, Note, posture_of


@pytest.fixture
def receiver():
    """A receiver of datagrams, its pipe, and the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    reading, writing = os.pipe2(os.O_CLOEXEC)
    told = {"name": "x", "address": f"udp://127.0.0.1:{port}", "transport": "udp", "program": ""}
    child = Child("tidebreak.watch.receiver", told, (writing,))
    os.close(writing)
    yield child, reading, port
    os.close(reading)
    child.close(at_once=True)


def first_note(child: Child) -> Note:
    deadline = time.monotonic() + 20
    while not (notes := child.receive()):
        assert notes is not None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return notes[0]


def test_it_has_the_network_and_nothing_else(receiver):
    child, reading, port = receiver
    ready = first_note(child)
    assert ready.kind is Kind.READY
    posture = posture_of(ready.text)
    place = Path("/proc", str(child.pid))
    status = dict(
        line.split(":\t", 1)
        for line in (place / "status").read_text().splitlines()
        if ":\t" in line
    )
    assert status["NoNewPrivs"] == "1"
    assert int(status["CapEff"], 16) == 0
    assert (status["Seccomp"] == "2") is posture.rungs[3].held
    limits = (place / "limits").read_text()
    assert "Max file size             0" in limits
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"abc", ("127.0.0.1", port))
        assert os.read(reading, 9) == b"abc"


def test_the_address_is_not_among_its_arguments(receiver):
    child, _, port = receiver
    first_note(child)
    assert str(port).encode() not in Path("/proc", str(child.pid), "cmdline").read_bytes()
