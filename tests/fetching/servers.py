"""A small internet on loopback: names, addresses that look public, and what answers there."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpcore

from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.fetcher import Fetched, Fetcher
from tidebreak.spool import Spool

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def says(body: bytes = b"bytes", status: str = "200 OK", **headers: str) -> Answer:
    """Answer with this, a length of its own unless one is given."""
    lines = {"Content-Length": str(len(body)), "Content-Type": "image/png"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return answer


@dataclass
class Internet:
    """Who has which addresses, what answers, and who was connected to."""

    names: dict[str, Sequence[Sequence[str]]]
    answers: dict[str, Answer]
    tls: ssl.SSLContext | None = None
    trusted: ssl.SSLContext | None = None
    asked: list[bytes] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    async def resolve(self, host: str) -> Sequence[str]:
        """Answer the first time with the first addresses, later with the next ones."""
        self.looked_up.append(host)
        turns = self.names.get(host)
        if not turns:
            raise OSError("no such name")
        return turns[min(self.looked_up.count(host), len(turns)) - 1]

    async def connect(self, address: str, port: int, seconds: float):
        self.connected.append((address, port))
        if address == OTHER:
            raise httpcore.ConnectError
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", self.port, seconds)

    def fetcher(self, **config: object) -> Fetcher:
        settings = FetchConfig(**({"enabled": True, "seconds": 3.0, "idle_seconds": 0.5} | config))  # type: ignore[arg-type]
        return Fetcher(settings, resolve=self.resolve, connect=self.connect, tls=self.trusted)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(request)
            path = request.split(b" ", 2)[1].decode()
            await self.answers.get(path, says(status="404 Not Found"))(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def up(self):
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    def fetch(self, url: str, folder: Path, most: int = 1 << 20, **config: object):
        """Fetch ``url``; return what came, and its bytes."""

        async def run() -> tuple[Fetched, bytes]:
            async with self.up():
                with Spool(folder, most) as spool:
                    fetched = await self.fetcher(**config).fetch(url, spool)
                    with os.fdopen(spool.open(), "rb") as file:
                        return fetched, file.read()

        return asyncio.run(run())


def internet(**answers: Answer) -> Internet:
    """One host, ``media.example.org``, that answers ``/a`` with what is called ``a``."""
    return Internet(
        {"media.example.org": [[PUBLIC]]},
        {f"/{name}": answer for name, answer in answers.items()},
    )
