"""Where a service listens, and how it runs: without logs of requests, and ended in order."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_BACKLOG = 2048
_IDLE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Bounds:
    """``most`` connections are held at once; whoever comes then gets 503.

    What is not answered ``grace`` seconds after the service was told to stop gets no answer;
    None waits for all.
    """

    most: int
    grace: int | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """For TLS: the files of a certificate, with its chain, and of its key."""

    chain: Path
    key: Path


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raise `UsageError` when nothing can."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        made = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({error.strerror}); choose another place with"
            " --host or --port."
        ) from None
    # What is accepted inherits it; without it each answer would wait 40 ms for the next packet.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def run(
    application: ASGIApp,
    listening: socket.socket,
    bounds: Bounds,
    certificate: Certificate | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then return. Nothing of a request is ever logged.

    Only in the main thread. Raises `UsageError` for a ``certificate`` that cannot be used.
    """
    with _ended_in_order():
        server_of(application, bounds, certificate).run(sockets=[listening])


async def serve(
    application: ASGIApp,
    listening: socket.socket,
    bounds: Bounds,
    certificate: Certificate | None = None,
    protocol: type[asyncio.Protocol] | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Do the same as `run` within an event loop; ``protocol`` speaks HTTP instead of uvicorn's.

    ``on_ready`` is called once nothing is wrong any more.
    """
    with _ended_in_order():
        server = server_of(application, bounds, certificate, protocol)
        on_ready()
        await server.serve(sockets=[listening])


def server_of(
    application: ASGIApp,
    bounds: Bounds,
    certificate: Certificate | None,
    protocol: type[asyncio.Protocol] | None = None,
) -> Any:
    """Return the uvicorn server; raise `UsageError` for a ``certificate`` that cannot be used."""
    uvicorn = _uvicorn()
    config = uvicorn.Config(
        application,
        http=protocol or "auto",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # else whoever is on this machine could say to be anybody
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=bounds.grace,
        limit_concurrency=bounds.most,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )
    try:
        config.load()
    except OSError as error:  # OpenSSL's are, too
        raise UsageError(
            f"The certificate or its key cannot be used ({type(error).__name__}); name files in"
            " PEM that belong together."
        ) from None
    return uvicorn.Server(config)


def _uvicorn() -> ModuleType:
    try:
        import uvicorn
    except ImportError:
        raise UsageError(
            "Services need uvicorn, which is not installed: pip install 'tidebreak[seal]'"
        ) from None
    return uvicorn


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
