"""How this process and a plug-in's talk: JSON in frames, and a file beside one, over a socket.

JSON cannot carry code. What comes from a plug-in is bounded here and checked by who asked for it.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Mapping
from typing import Any, cast

_HEAD = struct.Struct("<I")
MOST = 16 << 20
"""Bytes of one message."""


class Broken(Exception):
    """The other side is gone, or what it says makes no sense."""


def send(channel: socket.socket, message: Mapping[str, Any], file: int | None = None) -> None:
    """Send ``message``, and a descriptor with it; raises `Broken`."""
    body = json.dumps(message).encode()
    if len(body) > MOST:
        raise Broken("it is too long")
    try:
        # The descriptor travels with the head: a short message that nothing can split.
        head = _HEAD.pack(len(body))
        if file is None:
            channel.sendall(head)
        else:
            socket.send_fds(channel, [head], [file])
        channel.sendall(body)
    except TimeoutError:
        raise
    except OSError:
        raise Broken("it is gone") from None


def receive(channel: socket.socket) -> tuple[dict[str, Any], int | None]:
    """Return the next message and the descriptor that came with it; raises `Broken`."""
    head, files = _head(channel)
    try:
        (length,) = _HEAD.unpack(head)
        if length > MOST:
            raise Broken("it is too long")
        found = json.loads(_exactly(channel, length))
        if not isinstance(found, dict):
            raise Broken("it is no object")
    except BaseException as error:
        for file in files:
            os.close(file)
        if isinstance(error, ValueError | RecursionError):
            raise Broken("it is no JSON") from None
        raise
    return cast("dict[str, Any]", found), files[0] if files else None


def _head(channel: socket.socket) -> tuple[bytes, list[int]]:
    try:
        head, files, _, _ = socket.recv_fds(channel, _HEAD.size, 1)
    except TimeoutError:
        raise
    except OSError:
        raise Broken("it is gone") from None
    if not head:
        raise Broken("it is gone")
    return head + _exactly(channel, _HEAD.size - len(head)), files


def _exactly(channel: socket.socket, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        try:
            part = channel.recv(min(length - len(found), 1 << 18))
        except TimeoutError:
            raise
        except OSError:
            part = b""
        if not part:
            raise Broken("it is gone")
        found += part
    return bytes(found)
