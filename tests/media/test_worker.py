from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tidebreak.media.heartbeat import Heartbeat, new_page, read_pulse
from tidebreak.media.protocol import PACKET, Message, Word, frames, unpack
from tidebreak.media.worker import Outbox
from tidebreak.model import Examination


@pytest.fixture
def wire() -> Iterator[tuple[Outbox, socket.socket, int]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    page = new_page()
    with ours, theirs:
        ours.setblocking(False)
        yield Outbox(theirs, Heartbeat(os.dup(page))), ours, page
    os.close(page)


def heard(channel: socket.socket) -> list[list[Message]]:
    """Return what was said so far, packet by packet."""
    packets: list[list[Message]] = []
    while True:
        try:
            packets.append(list(frames(channel.recv(PACKET))))
        except BlockingIOError:
            return packets


def test_results_wait_for_one_another(wire):
    outbox, channel, _ = wire
    for token in range(1, 6):
        outbox.result(token, Examination("", token, "text/plain"), last=True)
    assert heard(channel) == []
    outbox.flush()
    (packet,) = heard(channel)
    assert [(m.word, m.token, unpack(m.body).size) for m in packet] == [
        (Word.LAST, token, token) for token in range(1, 6)
    ]


def test_drafts_have_left_before_a_job_is_begun(wire):
    outbox, channel, page = wire
    outbox.draft(1, Examination("", 1, "image/png"))
    outbox.draft(2, Examination("", 2, "image/png"))
    assert heard(channel) == []
    outbox.working(1)
    assert [[m.word for m in packet] for packet in heard(channel)] == [[Word.DRAFT, Word.DRAFT]]
    assert read_pulse(page).token == 1


def test_packets_stay_below_what_a_socket_takes(wire):
    outbox, channel, _ = wire
    sizes: list[int] = []
    for token in range(50):
        outbox.result(token, Examination("n" * 40_000, 1, "c", reason="r" * 5000), last=False)
        sizes += [sum(len(m.body) for m in packet) for packet in heard(channel)]
    assert len(sizes) >= 48
    assert max(sizes) < PACKET
