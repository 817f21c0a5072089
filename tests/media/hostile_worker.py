"""A worker whose picture decoder is in an attacker's hands: pictures are orders to misbehave.

The order follows the signature of PNG. What it tries, it tries where a decoder would: inside the
worker, after it has locked itself down.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from pathlib import Path

from tidebreak.media import examine, worker
from tidebreak.media.image import ImageResult

MARK = b"\x89PNG\r\n\x1a\n"


def _obey(data: bytes, *_: object, **__: object) -> ImageResult:
    order, _, argument = data.removeprefix(MARK).decode().partition(" ")
    try:
        _ORDERS[order](argument)
    except OSError as error:
        return ImageResult(reason=f"refused: {order}: {error.strerror}")
    return ImageResult(note=f"got away with: {order}")


def _socket(_: str) -> None:
    socket.socket()


def _write(path: str) -> None:
    Path(path).write_bytes(b"x")


def _read(path: str) -> None:
    Path(path).read_bytes()


def _fork(_: str) -> None:
    if not os.fork():
        os._exit(0)


def _exec(path: str) -> None:
    os.execv(path, [path])


def _memory(_: str) -> None:
    bytearray(100 << 30)


def _hang(_: str) -> None:
    while True:
        time.sleep(1)


def _crash(_: str) -> None:
    ctypes.string_at(0)


def _exit(code: str) -> None:
    os._exit(int(code))


def _kill_parent(_: str) -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _say(text: str) -> None:
    """Send the parent something that no worker says."""
    os.write(_channel(), bytes.fromhex(text))


def _fine(_: str) -> None:
    pass


def _environment(_: str) -> None:
    raise OSError(0, " ".join(sorted(os.environ)))


def _descriptors(_: str) -> None:
    kinds = []
    for number in range(256):
        try:
            kinds.append(f"{number}:{os.fstat(number).st_mode:o}")
        except OSError:
            continue
    raise OSError(0, " ".join(kinds))


def _channel() -> int:
    return next(n for n in range(3, 64) if _is_socket(n))


def _is_socket(number: int) -> bool:
    try:
        return os.fstat(number).st_mode & 0o170000 == 0o140000
    except OSError:
        return False


_ORDERS = {
    "socket": _socket,
    "write": _write,
    "read": _read,
    "fork": _fork,
    "exec": _exec,
    "memory": _memory,
    "hang": _hang,
    "crash": _crash,
    "exit": _exit,
    "kill-parent": _kill_parent,
    "say": _say,
    "fine": _fine,
    "environment": _environment,
    "descriptors": _descriptors,
}

examine.hash_image = _obey
main = worker.main
