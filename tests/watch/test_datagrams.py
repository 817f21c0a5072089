from __future__ import annotations

import os
import socket
import threading

import pytest

from tidebreak.watch.datagrams import listening, relay
from tidebreak.watch.notes import Note
from tidebreak.watch.sources import Source, Transport


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def relayed(address: str, place: tuple[str, int], datagrams: list[bytes]) -> bytes:
    """Send to a relay until its first byte comes, then the rest once; return what came out."""
    reading, writing = os.pipe()
    said: list[Note] = []
    source = Source("x", address, Transport.UDP)
    threading.Thread(target=_until_broken, args=(source, writing, said), daemon=True).start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        os.set_blocking(reading, False)
        came = b""
        while not came:
            sender.sendto(b"?", place)
            try:
                came = os.read(reading, 1 << 16)
            except BlockingIOError:
                threading.Event().wait(0.02)
        os.set_blocking(reading, True)
        for datagram in datagrams:
            sender.sendto(datagram, place)
        wanted = sum(map(len, datagrams))
        while len(came.strip(b"?")) < wanted:
            came += os.read(reading, 1 << 16)
    os.close(reading)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"the pipe is closed", place)
    assert not said
    return came.strip(b"?")


def _until_broken(source: Source, pipe: int, said: list[Note]) -> None:
    try:
        relay(source, pipe, said.append)
    except BrokenPipeError:
        os.close(pipe)


def _is_there(receiver: socket.socket) -> bool:
    try:
        return bool(receiver.recv(2000))
    except BlockingIOError:
        return False


def test_datagrams_come_out_one_after_the_other(port: int):
    datagrams = [bytes([n]) * 1316 for n in range(1, 30)]
    assert relayed(f"udp://127.0.0.1:{port}", ("127.0.0.1", port), datagrams) == b"".join(datagrams)


def test_a_group_is_joined(port: int):
    address = f"udp://239.255.11.7:{port}?localaddr=127.0.0.1"
    assert relayed(address, ("239.255.11.7", port), [b"abc"]) == b"abc"


def test_no_host_means_every_address_of_this_machine(port: int):
    with listening(f"udp://@:{port}") as receiver:
        assert receiver.getsockname()[:2] in (("0.0.0.0", port), ("::", port))


def test_what_the_kernel_dropped_can_be_told(port: int):
    with listening(f"udp://127.0.0.1:{port}") as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(200):
                sender.sendto(bytes(1316), ("127.0.0.1", port))
            receiver.setblocking(False)
            received = sum(1 for _ in iter(lambda: _is_there(receiver), False))
            sender.sendto(b"last", ("127.0.0.1", port))
            receiver.setblocking(True)
            _, ancillary, _, _ = receiver.recvmsg(2000, socket.CMSG_SPACE(4))
    ((_, _, data),) = ancillary
    assert int.from_bytes(data, "little") == 200 - received > 0
