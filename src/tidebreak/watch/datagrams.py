"""MPEG-TS over UDP, unicast or multicast: datagrams in, the same bytes out."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from tidebreak.watch.notes import Kind, Note
from tidebreak.watch.sources import Source

_LARGEST = 1 << 16
_BUFFER = 8 << 20
"""Bytes that the kernel may hold for us; it gives what its own limit allows."""
_OVERFLOW = 40
"""SO_RXQ_OVFL of socket(7): how many datagrams the kernel had to drop."""
_SAY_SECONDS = 1.0


def relay(source: Source, pipe: int, say: Callable[[Note], None]) -> str:
    """Write the payload of every datagram to ``pipe``; what the kernel dropped is said."""
    with listening(source.address) as receiver:
        lost, told = 0, time.monotonic()
        while True:
            data, ancillary, _, _ = receiver.recvmsg(_LARGEST, socket.CMSG_SPACE(4))
            _write_all(pipe, data)
            total = _dropped(ancillary)
            if total > lost and time.monotonic() - told > _SAY_SECONDS:
                say(Note(Kind.LOST, count=total - lost))
                lost, told = total, time.monotonic()


def listening(address: str) -> socket.socket:
    """Return a socket bound to ``udp://[host]:port``, in the group if host is one.

    ``?localaddr=`` names the interface.
    """
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 0
    interface = parse_qs(parts.query).get("localaddr", ["0.0.0.0"])[0]
    family, _, _, _, place = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
    )[0]
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    receiver.setsockopt(socket.SOL_SOCKET, _OVERFLOW, 1)
    receiver.bind(place)
    _join(receiver, family, str(place[0]), interface)
    return receiver


def _join(receiver: socket.socket, family: int, host: str, interface: str) -> None:
    """Join the group, if ``host`` is one (RFC 5771; RFC 4291, 2.7)."""
    if family == socket.AF_INET and 224 <= int(host.partition(".")[0]) <= 239:
        group = socket.inet_aton(host) + socket.inet_aton(interface)
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    elif family == socket.AF_INET6 and host.lower().startswith("ff"):
        group = socket.inet_pton(family, host.partition("%")[0]) + struct.pack("@I", 0)
        receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)


def _dropped(ancillary: list[tuple[int, int, bytes]]) -> int:
    return next(
        (struct.unpack("@I", data)[0] for _, kind, data in ancillary if kind == _OVERFLOW), 0
    )


def _write_all(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]
