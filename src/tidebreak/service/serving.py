"""Runs the service until it is told to stop: one process, one event loop, an end in order."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tidebreak import collector
from tidebreak.errors import UsageError
from tidebreak.service import logs
from tidebreak.service.application import application, enveloped
from tidebreak.service.config import Listen, ServiceConfig
from tidebreak.service.start import started
from tidebreak.version import VERSION
from tidebreak.web import listening
from tidebreak.web.connection import protocol_of
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


def serve(
    opened: Tidebreak,
    config: ServiceConfig,
    listener: socket.socket,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return.

    ``on_ready`` is called once everything has started. Raises `UsageError` and `WorkersFailed`
    where it cannot start; told to stop while it starts, it ends what has started and returns.
    """
    logs.take_over()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(opened, config, listener, on_ready))


async def _serve(
    opened: Tidebreak, config: ServiceConfig, listener: socket.socket, on_ready: Callable[[], None]
) -> None:
    at, intake = config.listen, config.intake
    tls = Certificate(Path(at.tls_cert), Path(at.tls_key)) if at.tls_cert else None
    async with AsyncExitStack() as stack:
        try:
            with _terminated_in_order():
                parts = await stack.enter_async_context(started(opened, config))
        except asyncio.CancelledError:  # for SIGINT by the runner
            logs.line("stop")
            return
        state = parts.screener.state
        logs.line("start", software=VERSION, sandbox=state.sandbox, workers=state.workers)
        # One more than are served: the last one is told so by the application.
        bounds = Bounds(intake.connections, intake.grace_seconds)
        served = enveloped(application(parts))
        collector.leave_alone()
        sys.setswitchinterval(_TURN_SECONDS)
        protocol = protocol_of(intake.header_seconds)
        await listening.serve(served, listener, bounds, tls, protocol, on_ready)
        logs.line("stopping")
    logs.line("stop")


@contextmanager
def _terminated_in_order() -> Generator[None]:
    """Let SIGTERM cancel what runs here, so that a start ends in order; uvicorn takes it later."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def cancel(*_: object) -> None:
        loop.call_soon_threadsafe(task.cancel)

    before = signal.signal(signal.SIGTERM, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _loop_factory():  # noqa: ANN202
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
