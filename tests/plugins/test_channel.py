from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.plugins import channel
from tidebreak.plugins.channel import Broken, receive, send

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    both = socket.socketpair()
    yield both
    for one in both:
        one.close()


def test_a_message_and_a_file_arrive_whole(pair: Pair):
    here, there = pair
    thread = threading.Thread(target=send, args=(here, {"x": "y" * 500_000}))
    thread.start()
    assert receive(there) == ({"x": "y" * 500_000}, None)
    thread.join()
    file = os.memfd_create("test")
    os.write(file, b"data")
    send(here, {"do": "hash"}, file)
    os.close(file)
    message, got = receive(there)
    assert message == {"do": "hash"}
    assert got is not None
    assert os.pread(got, 10, 0) == b"data"
    os.close(got)


def test_the_end_is_told(pair: Pair):
    here, there = pair
    here.close()
    with pytest.raises(Broken, match="gone"):
        receive(there)
    with pytest.raises(Broken):
        send(there, {"x": "y" * 5_000_000})


def test_what_is_cut_off_or_endless_is_no_message(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    here, there = pair
    here.sendall(struct.pack("<I", 1 << 31))
    with pytest.raises(Broken, match="too long"):
        receive(there)
    monkeypatch.setattr(channel, "MOST", 10)
    with pytest.raises(Broken, match="too long"):
        send(here, {"x": "y" * 20})
    here.sendall(struct.pack("<I", 9) + b"{")
    here.close()
    with pytest.raises(Broken, match="gone"):
        receive(there)


def test_time_that_is_up_is_the_callers(pair: Pair):
    pair[0].settimeout(0.01)
    with pytest.raises(TimeoutError):
        receive(pair[0])


@given(st.binary(max_size=60))
def test_bytes_of_a_stranger_are_a_message_or_broken(body: bytes):
    here, there = socket.socketpair()
    with here, there:
        here.sendall(struct.pack("<I", len(body)) + body)
        here.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Broken):
            assert isinstance(receive(there)[0], dict)
