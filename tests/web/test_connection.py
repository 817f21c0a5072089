from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tidebreak.web.connection import MOST_FIELDS, MOST_HEAD, protocol_of
from tidebreak.web.listening import Bounds, listen, server_of

SECONDS = 0.3


async def slow(request: Request) -> Response:
    await request.body()
    await asyncio.sleep(2 * SECONDS)
    return Response("done")


async def talk(port: int, *pieces: bytes, pause: float = 0.0) -> tuple[bytes, float]:
    """Return what came until the end of the connection, and after how long that was."""
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        async with asyncio.timeout(5):
            while part := await reader.read(1000):
                found += part
    writer.close()
    return found, time.monotonic() - begun


def serving(*asks: tuple[tuple[bytes, ...], float]) -> list[tuple[bytes, float]]:
    async def run() -> list[tuple[bytes, float]]:
        with listen("127.0.0.1", 0) as listening:
            app = Starlette(routes=[Route("/", slow, methods=["POST"])])
            server = server_of(app, Bounds(100, 1), None, protocol_of(SECONDS))
            task = asyncio.create_task(server._serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            port = listening.getsockname()[1]
            found = [await talk(port, *pieces, pause=pause) for pieces, pause in asks]
            server.should_exit = True
            await task
            return found

    return anyio.run(run)


def test_headers_that_do_not_come_are_not_waited_for():
    silent, trickle = serving(
        ((), 0.0), ((b"POST / HTTP/1.1\r\n", *[b"a: b\r\n"] * 3), 0.15)
    )  # fmt: skip
    for found, seconds in (silent, trickle):
        assert found == b""
        assert SECONDS * 0.9 < seconds < 3


def test_an_answer_may_take_longer():
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\n"
    ((found, _),) = serving(((head, b"x"), 2 * SECONDS))
    assert found.endswith(b"done")


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
END = b"Content-Length: 1\r\n\r\nx"


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"a: " + b"b" * (MOST_HEAD + 1) + b"\r\n" + END,),
        (HEAD + b"a: b\r\n" * (MOST_FIELDS + 1) + END,),
        (HEAD + (b"a: " + b"b" * 5000 + b"\r\n") * 20 + END,),
        (b"POST /" + b"a" * (MOST_HEAD + 1) + b" HTTP/1.1\r\n" + END,),
        (HEAD + b"a: ", *[b"b" * 8192] * 100),  # never ends
        (*[b"\r\n" * 4096] * 100,),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", *[b"a" * 8192] * 100),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", *[b"a: b\r\n"] * 300),
    ],
)
def test_a_head_without_end_is_not_kept(pieces: tuple[bytes, ...]):
    ((found, seconds),) = serving((pieces, 0.0))
    assert b"done" not in found
    assert found == b"" or found.startswith(b"HTTP/1.1 431 ")
    assert seconds < SECONDS


def test_whoever_sends_too_much_of_a_head_is_told():
    ((found, _),) = serving(((HEAD + b"a: b\r\n" * (MOST_FIELDS + 1) + END,), 0.0))
    assert found.startswith(b"HTTP/1.1 431 ")


def test_a_large_head_and_a_large_body_are_fine():
    head = HEAD + b"a: b\r\n" * (MOST_FIELDS - 3) + b"Content-Length: 400000\r\n\r\n"
    ((found, _),) = serving(((head, b"x" * 400_000), 0.0))
    assert found.endswith(b"done")
    pieces = [b"64\r\n" + b"x" * 100 + b"\r\n"] * 2000
    chunked = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    ((found, _),) = serving(((chunked, *pieces, b"0\r\n\r\n"), 0.0))
    assert found.endswith(b"done")
