"""Connections to addresses that were checked: a name is looked up once, and that answer counts.

The name is not looked up again for the connection, so an answer that changes in between (DNS
rebinding) changes nothing; the certificate must be the name's all the same.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore

from tidebreak.fetching.addresses import Network, is_public
from tidebreak.fetching.errors import FetchFailed, FetchRefused

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Returns the addresses of a host's name; raises ``OSError`` when it has none."""

Connect = Callable[[str, int, float], Awaitable[httpcore.AsyncNetworkStream]]
"""Connects to an address and port within seconds; raises as httpcore's back ends do."""

_TRIED = 4
"""Addresses of one host that are tried."""

NOT_PUBLIC = "That host has no public address."
"""Said of a name that does not exist, too: whoever asks must not learn which ones do in here."""


def resolver(threads: int) -> Resolve:
    """Return the system's resolver, which blocks threads of its own."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fetch-names")

    async def resolve(host: str) -> Sequence[str]:
        def look_up() -> list[str]:
            # The dot at its end keeps the search domains of this machine out.
            found = socket.getaddrinfo(f"{host}.", None, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(item[4][0]) for item in found))

        return await asyncio.get_running_loop().run_in_executor(pool, look_up)

    return resolve


async def dial(address: str, port: int, seconds: float) -> httpcore.AsyncNetworkStream:
    """Connect to ``address``; raise `FetchRefused` when that turns out to be this machine."""
    # Its type is that of what stands in for it where anyio is missing; here it never is.
    backend: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()  # pyright: ignore[reportAssignmentType]
    stream = await backend.connect_tcp(address, port, timeout=seconds)
    here, there = (stream.get_extra_info(name) for name in ("client_addr", "server_addr"))
    if here[0] == there[0]:
        await stream.aclose()
        raise FetchRefused(NOT_PUBLIC)
    return stream


class CheckedDialer(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, however a host is called."""

    def __init__(
        self, resolve: Resolve, connect: Connect, refused: Sequence[Network], seconds: float
    ) -> None:
        """``refused`` are further networks; ``seconds`` is how long one connection may take."""
        self._resolve, self._connect = resolve, connect
        self._refused, self._seconds = refused, seconds

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to ``host``, a name or an address.

        Raises `FetchRefused` when any of its addresses is not public, `FetchFailed` when none
        answers.
        """
        for address in (await self._checked(host))[:_TRIED]:
            try:
                return await self._connect(address, port, self._seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise FetchFailed("That host does not answer.")

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: a socket of this machine is no public place."""
        raise FetchRefused(NOT_PUBLIC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def _checked(self, host: str) -> Sequence[str]:
        try:
            found = [str(ipaddress.ip_address(host))]
        except ValueError:
            found = await self._addresses(host)
        # All of them, not only the one that is used: a host that names a private one is a trick.
        if not found or not all(is_public(address, self._refused) for address in found):
            raise FetchRefused(NOT_PUBLIC)
        return found

    async def _addresses(self, host: str) -> Sequence[str]:
        try:
            return await asyncio.wait_for(self._resolve(host), self._seconds)
        except (OSError, TimeoutError, UnicodeError):
            raise FetchRefused(NOT_PUBLIC) from None
