"""Runs the gate's HTTP service until it is told to stop."""

from __future__ import annotations

from tidebreak.errors import UsageError
from tidebreak.gates.gate import Gate
from tidebreak.gates.http import application
from tidebreak.gates.queue import Queue
from tidebreak.gates.trackers import Allowed
from tidebreak.web.listening import Bounds, listen, run
from tidebreak.web.loopback import is_loopback

_BOUNDS = Bounds(most=20_000, grace=2)
"""More than the queue takes: of what is over that bound the policy decides, not the server."""


def serve(
    gate: Gate, host: str, port: int, *, token: str = "", allowed: Allowed | None = None
) -> None:
    """Serve ``gate`` at ``host`` and ``port`` until SIGINT or SIGTERM.

    Raises `UsageError` where others could ask: without a token, only this machine may.
    """
    if not token and not is_loopback(host):
        raise UsageError(
            f"{host} is open to other machines, and whoever may ask could find out what is known;"
            " serve on 127.0.0.1, or give a token with --token-file."
        )
    queue = Queue(gate)
    try:
        with listen(host, port) as listener:
            run(application(queue, token, allowed), listener, _BOUNDS)
    finally:
        queue.close()
