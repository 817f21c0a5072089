"""The server's processes: one socket, one or more workers, TLS, and an end that leaves nothing.

Each worker opens the installation for itself; what they count, they count in the same file.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.seal.online.server import application
from tidebreak.seal.online.service import Service
from tidebreak.web import listening
from tidebreak.web.listening import Bounds, Certificate
from tidebreak.web.loopback import is_loopback

_MOST_AT_ONCE = 256

Opened = Callable[[], AbstractContextManager[Service]]
"""Opens a service of its own in each worker."""


@dataclass(frozen=True, slots=True)
class Bind:
    """Where the server listens. ``insecure`` lets others reach it without TLS."""

    host: str = "127.0.0.1"
    port: int = 8470
    cert: Path | None = None
    key: Path | None = None
    insecure: bool = False
    workers: int = 1


def listen(bind: Bind) -> socket.socket:
    """Return the socket that ``bind`` asks for; raise `UsageError` when there is none."""
    if (bind.cert is None) != (bind.key is None):
        raise UsageError("TLS needs both, a certificate and its key.")
    if bind.workers < 1:
        raise UsageError("A server needs one worker or more.")
    if bind.cert is None and not bind.insecure and not is_loopback(bind.host):
        raise UsageError(
            "Without TLS the tokens could be read by others on the way; give --tls-cert and"
            " --tls-key, listen on 127.0.0.1 behind a proxy, or say --insecure-bind."
        )
    return listening.listen(bind.host, bind.port)


def serve(opened: Opened, bind: Bind, listener: socket.socket) -> None:
    """Answer until SIGINT or SIGTERM; raise `TidebreakError` when a worker fails."""
    if bind.workers == 1:
        _work(opened, bind, listener)
        return
    workers = [_fork(opened, bind, listener) for _ in range(bind.workers)]
    _await(workers)


def _work(opened: Opened, bind: Bind, listener: socket.socket) -> None:
    with opened() as service:
        tls = Certificate(bind.cert, bind.key) if bind.cert and bind.key else None
        listening.run(application(service), listener, Bounds(_MOST_AT_ONCE), tls)


def _fork(opened: Opened, bind: Bind, listener: socket.socket) -> int:
    number = os.fork()
    if number:
        return number
    status = 1
    try:
        _work(opened, bind, listener)
        status = 0
    except TidebreakError as error:
        sys.stderr.write(f"{error}\n")
    finally:
        sys.stderr.flush()
        os._exit(status)


def _await(workers: list[int]) -> None:
    """Wait for all workers; when one ends, or this process is told to, all do."""
    left, failed = set(workers), 0

    def stop(*_: object) -> None:
        for number in left:
            os.kill(number, signal.SIGTERM)

    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, stop)
    while left:
        number, status = os.wait()
        left.discard(number)
        failed += os.waitstatus_to_exitcode(status) not in (0, -signal.SIGTERM)
        stop()
    if failed:
        raise TidebreakError("A worker of the server failed, so all were stopped; start it again.")
