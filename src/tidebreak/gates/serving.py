"""Runs the gate's HTTP service until it is told to stop."""

from __future__ import annotations

import ipaddress
import signal
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from tidebreak.errors import UsageError
from tidebreak.gates.gate import Gate
from tidebreak.gates.http import application
from tidebreak.gates.queue import Queue
from tidebreak.gates.trackers import Allowed


def serve(
    gate: Gate, host: str, port: int, *, token: str = "", allowed: Allowed | None = None
) -> None:
    """Serve ``gate`` at ``host`` and ``port`` until SIGINT or SIGTERM.

    Raises `UsageError` where others could ask: without a token, only this machine may.
    """
    if not token and not _is_loopback(host):
        raise UsageError(
            f"{host} is open to other machines, and whoever may ask could find out what is known;"
            " serve on 127.0.0.1, or give a token with --token-file."
        )
    queue = Queue(gate)
    config = uvicorn.Config(
        application(queue, token, allowed),
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    try:
        with _ended_in_order():
            uvicorn.Server(config).run()
    except SystemExit:  # uvicorn's word for an address that it cannot have
        raise UsageError(f"{host}:{port} cannot be used; choose another with --port.") from None
    finally:
        queue.close()


@contextmanager
def _ended_in_order() -> Generator[None]:
    """Take the signal that uvicorn passes on once it has stopped."""

    def ignore(*_: object) -> None: ...

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, ignore) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
