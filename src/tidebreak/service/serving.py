"""Runs the service until it is told to stop: one process, one event loop, an end in order."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak import collector
from tidebreak.errors import UsageError
from tidebreak.service import logs
from tidebreak.service.application import application, enveloped
from tidebreak.service.config import Listen, ServiceConfig
from tidebreak.web.connection import protocol_of
from tidebreak.service.start import started
from tidebreak.version import VERSION
from tidebreak.web import listening
from tidebreak.web.listening import Bounds, Certificate
from tidebreak.web.loopback import is_loopback

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak

_TURN_SECONDS = 0.0005
"""For how long a thread may hold the interpreter while the event loop waits for it."""


def listen(at: Listen) -> socket.socket:
    """Return the socket that ``at`` asks for; raise `UsageError` when there is none."""
    if bool(at.tls_cert) != bool(at.tls_key):
        raise UsageError("TLS needs both, a certificate and its key.")
    if not at.tls_cert and not at.insecure_bind and not is_loopback(at.host):
        raise UsageError(
            "Without TLS the keys could be read by others on the way; give --tls-cert and"
            " --tls-key, listen on 127.0.0.1 behind a proxy, or say --insecure-bind."
        )
    return listening.listen(at.host, at.port)


def serve(opened: Tidebreak, config: ServiceConfig, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return.

    Raises `UsageError` and `WorkersFailed` where it cannot start.
    """
    logs.take_over()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(opened, config, listener))


async def _serve(opened: Tidebreak, config: ServiceConfig, listener: socket.socket) -> None:
    at, intake = config.listen, config.intake
    tls = Certificate(Path(at.tls_cert), Path(at.tls_key)) if at.tls_cert else None
    async with started(opened, config) as parts:
        state = parts.screener.state
        logs.line("start", software=VERSION, sandbox=state.sandbox, workers=state.workers)
        # One more than are served: the last one is told so by the application.
        bounds = Bounds(intake.connections, intake.grace_seconds)
        served = enveloped(application(parts))
        collector.leave_alone()
        sys.setswitchinterval(_TURN_SECONDS)
        await listening.serve(served, listener, bounds, tls, protocol_of(intake.header_seconds))
        logs.line("stopping")
    logs.line("stop")


def _loop_factory():  # noqa: ANN202
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
