"""Where a gate that is no HTTP service listens: who may come, how many, and how it ends.

These protocols know no password, and whoever may ask could find out what is known. So a gate
listens on this machine, at a socket in a folder, or for networks that its operator names.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tidebreak.errors import UsageError
from tidebreak.gates.table import Network, Table
from tidebreak.web.loopback import is_loopback

_BACKLOG = 512
_UNIX = "unix:"

Handle = Callable[[socket.socket], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Where:
    """``listen`` is ``host:port`` or ``unix:/path``; ``mode`` are the rights of the latter.

    ``networks`` are those from which others may come. ``most`` connections are held at once.
    """

    listen: str
    networks: tuple[Network, ...] = ()
    mode: int = 0o660
    most: int = 100

    @classmethod
    def of(cls, table: Table, default: str) -> Where:
        """Take it from a table; raises `UsageError`."""
        mode = table.text("socket_mode", "660")
        if not mode.isdecimal() or len(mode) != 3 or set(mode) - set("01234567"):
            raise UsageError("socket_mode is three digits from 0 to 7, such as 660.")
        where = cls(
            table.text("listen", default),
            table.networks("networks"),
            int(mode, 8),
            table.whole("connections", 100, 1, 10_000),
        )
        if not where.listen.startswith(_UNIX):
            where.host_and_port()
        return where

    def host_and_port(self) -> tuple[str, int]:
        """Return both; raises `UsageError` where there are none, or just anybody could come."""
        host, colon, port = self.listen.rpartition(":")
        host = host.strip("[]")
        if not colon or not port.isdecimal() or int(port) > 65535 or not host:
            raise UsageError(f"Nothing can listen at '{self.listen}'; say host:port or unix:/path.")
        if not is_loopback(host) and not self.networks:
            raise UsageError(
                f"{host} is open to other machines, and whoever may ask could find out what is"
                " known; listen on 127.0.0.1, or name the networks that may come (networks)."
            )
        return host, int(port)


class Accepting:
    """A gate at work; `close` ends it and every connection."""

    def __init__(
        self, listening: socket.socket, where: Where, handle: Handle, full: Callable[[], None]
    ) -> None:
        self._listening, self._where = listening, where
        self._handle, self._full = handle, full
        self._tasks = set[asyncio.Future[None]]()
        self._accepting = asyncio.ensure_future(self._accept())

    @property
    def port(self) -> int:
        """The port that it listens at, 0 for a socket in a folder."""
        name = self._listening.getsockname()
        return name[1] if isinstance(name, tuple) else 0

    async def close(self) -> None:
        """Take no more, end what is under way, and take the socket away."""
        for task in (self._accepting, *self._tasks):
            task.cancel()
        await asyncio.gather(self._accepting, *self._tasks, return_exceptions=True)
        path = self._listening.getsockname()
        self._listening.close()
        if isinstance(path, str):
            with contextlib.suppress(OSError):
                Path(path).unlink()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                made, address = await loop.sock_accept(self._listening)
            except OSError:  # out of descriptors: those that wait are taken when some are free
                await asyncio.sleep(0.1)
                continue
            if not self._welcome(address):
                made.close()
            elif len(self._tasks) >= self._where.most:
                made.close()
                self._full()
            else:
                self._begin(made)

    def _begin(self, made: socket.socket) -> None:
        if made.family != socket.AF_UNIX:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = asyncio.ensure_future(self._handle(made))
        self._tasks.add(task)

        def ended(task: asyncio.Future[None]) -> None:
            self._tasks.discard(task)
            made.close()

        task.add_done_callback(ended)

    def _welcome(self, address: object) -> bool:
        if not isinstance(address, tuple):
            return True
        host = str(address[0]).partition("%")[0].removeprefix("::ffff:")
        if is_loopback(host):
            return True
        return any(ipaddress.ip_address(host) in network for network in self._where.networks)


async def accept(
    where: Where, handle: Handle, full: Callable[[], None] = lambda: None
) -> Accepting:
    """Listen and hand every connection to ``handle``; raises `UsageError` where that cannot be.

    ``full`` is called for each that there was no room for.
    """
    listening = _unix(where) if where.listen.startswith(_UNIX) else _tcp(where)
    listening.setblocking(False)
    return Accepting(listening, where, handle, full)


def _tcp(where: Where) -> socket.socket:
    host, port = where.host_and_port()
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _cannot(where, error) from None


def _unix(where: Where) -> socket.socket:
    path = where.listen.removeprefix(_UNIX)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _abandoned(path):
            Path(path).unlink()
        made.bind(path)
        Path(path).chmod(where.mode)  # nobody can connect before it listens
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise _cannot(where, error) from None
    return made


def _abandoned(path: str) -> bool:
    """Whether there is a socket that nobody serves, as a process leaves it that was killed."""
    if not Path(path).is_socket():
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
    return False


def _cannot(where: Where, error: OSError) -> UsageError:
    return UsageError(
        f"Nothing can listen at {where.listen} ({error.strerror}); choose another place (listen)."
    )
